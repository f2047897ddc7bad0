import { targetId } from "../../../../provider/schema/targets/identity";
import assert from "node:assert/strict";
import { BuildFailure, type BuildHost } from "../../../../provider/hosts/host";
import type { BuildRequest } from "../../../../provider/plan/plan";
import { PartialState, type Data } from "../../../../provider/resource/handlers";
import { readOutputs } from "../../../../provider/resource/image/outputs";
import { imageResource } from "../../../../provider/resource/image/resource";
import { StylusError } from "../../../../provider/base/errors";
import { targetSchema } from "../../../../provider/schema/targets/target";
import type { ImageState } from "../../../../provider/schema/state";
import { digest, publicationAt, stateWith } from "../../agent/samples";
import { temporaryFolder } from "../../agent/temporary-folder";
import { heardCall } from "../samples";

const folder = temporaryFolder();
const urn = "urn:pulumi:dev::p::pulumi-nodejs:dynamic/stylus-image:StylusImage::Edge host/1";
const s3 = { type: "s3", bucket: "b", accessKeyId: "AKIA", secretAccessKey: "old" };
const good: Data = {
  installer: { url: "https://h/a.iso", sha256: digest("c") },
  formats: ["raw"],
  publishTo: [s3],
  selfUrn: urn,
};
let requests: BuildRequest[];
const prepare = () => (requests = []);

/** A host that responds immediately as if it had built everything. */
const hostWith = (answer: (request: BuildRequest) => ImageState): BuildHost => ({
  build: (request) => {
    requests.push(request);
    return Promise.resolve().then(() => answer(request));
  },
});
const built = ({ plan }: BuildRequest): ImageState => ({
  ...stateWith([publicationAt("s3://b", "raw")]),
  installKey: plan.installKey ?? "",
  instance: plan.instance,
});
const resource = (host = hostWith(built)) =>
  imageResource({
    openHost: () => host,
    rootDirectory: folder(),
    cacheDirectory: `${folder()}/cache`,
  });
const call = () => ({ ...heardCall(), urn });
const check = async (newInputs: Data, oldInputs: Data = {}) =>
  resource().check(call(), { oldInputs, newInputs });
const create = async (host?: BuildHost) =>
  resource(host).create(call(), { inputs: (await check(good)).inputs });

describe("imageResource", () => {
  beforeEach(prepare);

  it("adds no secret to the inputs", async () => {
    const { inputs, problems } = await check(good);
    assert.deepEqual(problems, []);
    const { resolved, known, ...rest } = inputs;
    assert.deepEqual(rest, good);
    assert.deepEqual(known, { places: [{ format: "raw", target: "s3://b" }], artifacts: [] });
    assert.doesNotMatch(JSON.stringify(resolved), /AKIA|old/);
  });

  it("reports problems of the user-data like those of the spec", async () => {
    const { problems } = await check({ ...good, userData: { install: { reboot: true } } });
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["userData.install.reboot"],
    );
  });

  it("skips the check of unknown inputs", async () => {
    const unknown = { ...good, recipe: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" };
    assert.deepEqual(await check(unknown), { inputs: unknown, problems: [] });
  });

  it("uses name and install key as ID, and keeps the targets in the outputs", async () => {
    const { id, outputs } = await create();
    assert.match(id, /^Edge-host-1-[0-9a-f]{12}$/);
    assert.equal(id.slice(-12), String(outputs["installKey"]).slice(0, 12));
    assert.deepEqual(outputs["publishTo"], [s3]);
  });

  it("has its URN as owner, and a new instance for each creation", async () => {
    await create();
    await create();
    assert.deepEqual(
      requests.map(({ plan }) => plan.owner),
      [urn, urn],
    );
    assert.equal(new Set(requests.map(({ plan }) => plan.instance)).size, 2);
  });

  it("keeps instance and ID in an update, and passes the existing image to the agent", async () => {
    const existing = await create();
    await resource().update(call(), { ...existing, newInputs: (await check(good)).inputs });
    assert.equal(requests[1]?.plan.instance, requests[0]?.plan.instance);
    assert.equal(requests[1]?.plan.existing?.installKey, existing.outputs["installKey"]);
  });

  it("keeps artifacts that were published before a build failed", async () => {
    const fault = new StylusError("publish.denied", { what: "No.", next: "Ask." });
    const host = hostWith((request) => {
      throw new BuildFailure(fault, built(request));
    });
    await assert.rejects(create(host), (error) => {
      assert.ok(error instanceof PartialState);
      assert.match(error.existing.id, /^Edge-host-1-/);
      assert.deepEqual(error.existing.outputs["publishTo"], [s3]);
      return true;
    });
  });

  it("keeps a target that a failed update did not release, in `formerTargets`", async () => {
    const old = { ...s3, accessKeyId: "id", secretAccessKey: "secret" };
    const { id, outputs } = await create();
    const existing = { id, outputs: { ...outputs, publishTo: [old] } };
    const newInputs = (await check({ ...good, publishTo: [{ type: "directory", path: "i" }] }))
      .inputs;
    const fault = new StylusError("publish.denied", { what: "No.", next: "Ask." });
    const host = hostWith((request) => {
      throw new BuildFailure(fault, built(request));
    });
    await assert.rejects(resource(host).update(call(), { ...existing, newInputs }), (error) => {
      assert.ok(error instanceof PartialState);
      const { publishTo, formerTargets } = error.existing.outputs;
      assert.deepEqual(publishTo, [{ type: "directory", path: "i" }]);
      assert.deepEqual(readOutputs(error.existing.outputs).publishTo.map(targetId), [
        "directory:i",
        targetId(targetSchema.parse(old)),
      ]);
      assert.match(JSON.stringify(formerTargets), /"secretAccessKey":"secret"/);
      return true;
    });
  });

  it("throws the error itself if nothing was published", async () => {
    const fault = new StylusError("publish.denied", { what: "No.", next: "Ask." });
    const host = hostWith(() => {
      throw new BuildFailure(fault, undefined);
    });
    await assert.rejects(create(host), (error) => error instanceof BuildFailure);
  });

  it("reports no change for equal inputs", async () => {
    const existing = await create();
    const { inputs } = await check(good);
    const difference = await resource().diff(call(), { ...existing, newInputs: inputs });
    assert.deepEqual(difference, { changes: false, replaces: [], reasons: [] });
  });

  it("reports a change if something is unknown", async () => {
    const existing = await create();
    const newInputs = { ...good, recipe: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" };
    const { changes, replaces } = await resource().diff(call(), { ...existing, newInputs });
    assert.deepEqual([changes, replaces], [true, []]);
  });

  // Read and delete get only the outputs, so values that are not updated there are never used.
  for (const [what, change] of [
    ["literal credentials", { secretAccessKey: "new" }],
    ["the profile", { profile: "new" }],
    ["the region", { region: "eu-north-1" }],
  ] as const) {
    it(`updates changed ${what} in the outputs, where destroy reads them`, async () => {
      const existing = await create();
      const { inputs } = await check({ ...good, publishTo: [{ ...s3, ...change }] });
      const { changes, replaces } = await resource().diff(call(), {
        ...existing,
        newInputs: inputs,
      });
      assert.deepEqual([changes, replaces], [true, []]);
    });
  }

  for (const [what, change, reason] of [
    ["`publicUrl`", { publicUrl: "https://cdn/{key}" }, /publicUrl.*nothing is published again/],
    [
      "more than `publicUrl`",
      { publicUrl: "https://cdn/{key}", region: "eu-north-1" },
      /How a target is accessed changed/,
    ],
  ] as const) {
    it(`updates, with the reason, when ${what} changed`, async () => {
      const existing = await create();
      const { inputs } = await check({ ...good, publishTo: [{ ...s3, ...change }] });
      const difference = await resource().diff(call(), { ...existing, newInputs: inputs });
      assert.deepEqual([difference.changes, difference.replaces], [true, []]);
      assert.match(difference.reasons.join(), reason);
    });
  }

  describe("with keepPrevious", () => {
    const update = async (from: number, to: number, host?: BuildHost) => {
      const before = { ...good, keepPrevious: from };
      const existing = await resource().create(call(), { inputs: (await check(before)).inputs });
      const newInputs = (await check({ ...good, keepPrevious: to })).inputs;
      const difference = await resource().diff(call(), { ...existing, newInputs });
      return { difference, outputs: resource(host).update(call(), { ...existing, newInputs }) };
    };
    const kept = () => requests.at(-1)?.plan.keepPrevious;

    it("updates when only the number changed", async () => {
      const { difference, outputs } = await update(2, 1);
      assert.deepEqual(difference, {
        changes: true,
        replaces: [],
        reasons: ["`keepPrevious` changed (2 then, 1 now)."],
      });
      assert.equal((await outputs)["keepPrevious"], 1);
    });

    it("looks up previous images only if some are or were kept", async () => {
      await create();
      assert.equal(kept(), undefined);
      for (const [from, to] of [
        [0, 1],
        [1, 0],
        [1, 1],
      ] as const) {
        await (
          await update(from, to)
        ).outputs;
        assert.equal(kept(), to);
      }
    });

    it("keeps the number after a failed update, so that previous images are released later", async () => {
      const fault = new StylusError("publish.denied", { what: "No.", next: "Ask." });
      const host = hostWith((request) => {
        throw new BuildFailure(fault, built(request));
      });
      await assert.rejects((await update(2, 0, host)).outputs, (error) => {
        assert.ok(error instanceof PartialState);
        assert.equal(error.existing.outputs["keepPrevious"], 2);
        return true;
      });
    });
  });
});
