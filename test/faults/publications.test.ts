import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ErrorCode } from "../../provider/base/errors";
import type { ImageInput } from "../../provider/schema/image";
import { useS3Server } from "../real/targets/s3/server";
import { assertFailed, assertNothingLeft, assertSucceeded } from "./evidence";
import type { Surroundings } from "./launcher";
import { filesBelow, makePlace, removePlace, type Place } from "./place";
import { startBuild } from "./start-build";

/** All of these use one base disk: after a failure, nothing is installed again. */
describe("An artifact that does not reach its target", () => {
  const server = useS3Server();
  let place: Place;

  before(async () => {
    place = await makePlace();
    assertSucceeded(await build({}));
  });

  after(() => removePlace(place));

  afterEach(async () => {
    await assertNothingLeft(place);
    const disks = await readFile(join(place.folder, "disks.log"), "utf8");
    assert.equal(disks.trim().split("\n").length, 1);
  });

  const build = (input: Partial<ImageInput>, around: Surroundings = {}) =>
    startBuild(place, input, { agent: "without QEMU", ...around }).ended;

  /** The patterns are what the error says, from its cause to the next step. */
  async function assertFails(
    code: ErrorCode,
    input: Partial<ImageInput>,
    around: Surroundings,
    ...says: readonly RegExp[]
  ): Promise<void> {
    const { message } = assertFailed(await build(input, around), code);
    for (const pattern of says) assert.match(message, pattern);
  }

  const qcow2: Partial<ImageInput> = { formats: [{ type: "qcow2", compression: "none" }] };

  it("is convert.failed if qemu-img cannot write it", () =>
    assertFails(
      "convert.failed",
      qcow2,
      { largestFile: 200_000 },
      /`qemu-img` ended with exit code 1/,
      /error while writing .*: File too large/,
      /Run it again; the base disk is kept, so nothing is installed anew/,
    ));

  it("is convert.timed-out if the conversion takes longer than its limit", () =>
    assertFails(
      "convert.timed-out",
      // Six milliseconds: qemu-img is not even started by then.
      { ...qcow2, timeouts: { convert: 0.0001 } },
      {},
      /The stage "convert" did not end within 0\.0001 minutes/,
      /Raise `timeouts\.convert` if it only needs longer; finished work is kept/,
    ));

  it("is publish.denied before the conversion, if its targets refuse it", async () => {
    server().proxy.add({
      fault: { type: "status", status: 403, code: "AccessDenied" },
      when: ({ method, path }) => method === "POST" && path.includes("uploads"),
    });
    const vhd: Partial<ImageInput> = { formats: ["vhd"] };
    const http = { type: "http", url: "http://127.0.0.1:9/images" } as const;
    const started = startBuild(
      place,
      { ...vhd, publishTo: [server().spec(), http, { type: "directory", path: "images" }] },
      { agent: "without QEMU" },
    );
    const { message } = assertFailed(await started.ended, "publish.denied");
    assert.match(message, /2 targets cannot be published to, for 2 reasons/);
    assert.match(message, /begin an upload .*Check them with `aws sts get-caller-identity`/);
    assert.match(message, /127\.0\.0\.1:9.* Check that the server runs/);
    assert.ok(!started.events.some((event) => event.type === "stage"));
  });

  it("is publish.timed-out if the target's server never answers", async () => {
    server().proxy.add({
      fault: { type: "hold" },
      when: ({ method, path }) => method === "PUT" && path.includes(".qcow2"),
    });
    await assertFails(
      "publish.timed-out",
      { ...qcow2, publishTo: [server().spec()], timeouts: { publish: 0.1 } },
      {},
      /The stage "publish" did not end within 0\.1 minutes/,
      /Raise `timeouts\.publish` if it only needs longer; finished work is kept/,
    );
    assert.ok(server().proxy.requests.some(({ status }) => status === 0));
  });

  it("is published when the obstacle is gone", async () => {
    const { artifacts } = assertSucceeded(
      await build({
        ...qcow2,
        publishTo: [server().spec(), { type: "directory", path: "images" }],
      }),
    );
    assert.equal(artifacts.length, 2);
  });

  it("is record.unreadable if the target's record is damaged, until that file is removed", async () => {
    const head = (await filesBelow(place.images)).find((file) => file.endsWith("/head.json"))!;
    await writeFile(head, (await readFile(head, "utf8")).slice(0, 100));
    await assertFails(
      "record.unreadable",
      {},
      {},
      /record file \.stylus-image\/[0-9a-f]{64}\/head\.json at \S*images cannot be parsed/,
      /It was damaged, or written by a newer version of pulumi-stylus-image/,
      /Use the newer version, or remove that file if the image may be built again/,
    );
    await rm(head);
    assertSucceeded(await build({}));
    assert.ok((await filesBelow(place.images)).includes(head));
  });
});
