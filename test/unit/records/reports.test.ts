import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { reportName } from "../../../provider/plan/keys";
import { recordPaths } from "../../../provider/plan/record";
import type { ReleaseScope } from "../../../provider/records/scope";
import { directoryRecords, directoryTarget } from "../../../provider/targets/directory/target";
import { claimHead, readRecordedImage } from "../../../provider/records/record";
import { setMarker } from "../../../provider/records/markers";
import { release } from "../../../provider/records/release";
import {
  addReport,
  findReportUrl,
  removeReports,
  reportStores,
} from "../../../provider/records/reports";
import { targetSchema } from "../../../provider/schema/targets/target";
import { memoryPlace } from "../agent/memory-target";
import { digest, head, installKey, signal } from "../agent/samples";
import { temporaryFolder } from "../agent/temporary-folder";

const folder = temporaryFolder();
const options = { signal, onProgress: () => undefined };
const imageFolder = () => join(folder(), "images", `edge-${installKey.slice(0, 12)}`);

function target(path = "images") {
  const spec = targetSchema.parse({ type: "directory", path });
  assert.ok(spec.type === "directory");
  return directoryTarget(spec, {
    rootDirectory: folder(),
    cacheDirectory: join(folder(), "cache"),
  });
}

async function publish(text: string, of = head): Promise<void> {
  const sha256 = createHash("sha256").update(text).digest("hex");
  const path = join(folder(), "report.html");
  await writeFile(path, text);
  const [place] = reportStores([target()]);
  const file = {
    ...{ path, sizeBytes: Buffer.byteLength(text), sha256, artifactKey: sha256 },
    ...{ mediaType: "text/html", name: reportName("edge", installKey, sha256) },
  };
  await addReport(place!, of, file, options);
}

const files = async () =>
  (await readdir(imageFolder()).catch(() => [])).filter((name) => name.endsWith(".html"));
const found = async (of = head) => findReportUrl([target()], of, { signal });

describe("A published report", () => {
  it("is found by the image's head, at its URL", async () => {
    await publish("first");
    assert.equal(await readFile(fileURLToPath((await found())!), "utf8"), "first");
  });

  it("stays when another build publishes a report", async () => {
    await publish("first");
    const url = await found();
    await publish("second");
    assert.equal(await found(), url);
    assert.equal((await files()).length, 1);
  });

  it("leaves no file of the build that lost a race", async () => {
    await publish("first");
    const entry = join(folder(), "images", recordPaths.report(head));
    const winner = await readFile(entry, "utf8");
    const [place] = reportStores([target()]);
    // The winner writes its entry between the loser's read and create.
    const late = {
      ...place!,
      records: { ...place!.records, read: () => Promise.resolve(undefined) },
    };
    const sha256 = createHash("sha256").update("second").digest("hex");
    const path = join(folder(), "second.html");
    await writeFile(path, "second");
    const file = { path, sizeBytes: 6, sha256, artifactKey: sha256, mediaType: "text/html" };
    await addReport(late, head, { ...file, name: reportName("edge", installKey, sha256) }, options);
    assert.equal(await readFile(entry, "utf8"), winner);
    assert.equal((await files()).length, 1);
  });

  it("differs for another install, and the former one can be removed", async () => {
    await publish("first");
    const anew = { ...head, contentDigest: digest("9") };
    assert.equal(await found(anew), undefined);
    await publish("second", anew);
    await removeReports(target(), installKey, (path) => path !== recordPaths.report(anew), signal);
    assert.equal(await found(), undefined);
    assert.equal(await readFile(fileURLToPath((await found(anew))!), "utf8"), "second");
    assert.equal((await files()).length, 1);
  });

  it("is not listed among the publications of the record", async () => {
    await publish("first");
    const { publications } = await readRecordedImage(
      target().capabilities.records,
      installKey,
      signal,
    );
    assert.deepEqual(publications, []);
  });

  it("is removed with the last owner", async () => {
    const { records } = target().capabilities;
    await claimHead(records, head, signal);
    for (const instance of ["me", "you"]) {
      const marker = { instance, owner: instance, time: "2026-01-01T00:00:00.000Z" };
      await setMarker(records, installKey, { ...marker, state: "live" }, signal);
    }
    await publish("first");
    const scope: ReleaseScope = {
      targets: [target()],
      scope: "all",
      remainingTargets: [],
      cacheRecords: directoryRecords(join(folder(), "cache"), "the local cache"),
    };
    const releaseAs = (instance: string) =>
      release({ installKey, instance, publications: [] }, scope, signal);
    await releaseAs("me");
    assert.equal((await files()).length, 1);
    await releaseAs("you");
    assert.deepEqual(await readdir(imageFolder()).catch(() => []), []);
    assert.deepEqual(await records.list(recordPaths.all + installKey, signal), []);
  });

  it("is kept if its file was overwritten by another program", async () => {
    await publish("first");
    const path = fileURLToPath((await found())!);
    await writeFile(path, "somebody else's");
    await removeReports(target(), installKey, () => true, signal);
    assert.equal(await readFile(path, "utf8"), "somebody else's");
    assert.equal(await found(), undefined);
  });

  it("is removed from the record if its entry is unreadable", async () => {
    const entry = recordPaths.report(head);
    await target().capabilities.records.create(entry, "{", signal);
    await removeReports(target(), installKey, () => true, signal);
    assert.equal(await target().capabilities.records.read(entry, signal), undefined);
  });

  it("needs a target that keeps records and files other than artifacts", () =>
    assert.deepEqual(reportStores([memoryPlace("oci://registry/a")]), []));
});
