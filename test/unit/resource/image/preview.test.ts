import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { knownSchema } from "../../../../provider/resource/image/known-image";
import { previewOutputs } from "../../../../provider/resource/image/preview";
import { rememberLost, readLost } from "../../../../provider/resource/image/lost-publications";
import { registerDirectory } from "../../../../provider/targets/directory/machine-id";
import { workspaceAt } from "../../../../provider/system/workspace";
import { directoryRecords } from "../../../../provider/targets/directory/records";
import { addPublication, addRequest, claimHead } from "../../../../provider/records/record";
import { requireImageSpec } from "../../../../provider/schema/parse";
import type { Publication } from "../../../../provider/schema/state";
import {
  contentDigest,
  digest,
  entryOf,
  head,
  installKey,
  publicationAt,
  signal,
} from "../../agent/samples";
import { temporaryFolder } from "../../agent/temporary-folder";

const folder = temporaryFolder();
const raw = publicationAt("directory:a", "raw");
const qcow2 = publicationAt("directory:a", "qcow2");
const pinned = { recipe: "1", userDataDigest: digest("a"), installer: {}, installKey };
const unpinned = { ...pinned, installKey: undefined, requestKey: digest("f") };
const place = ({ format, target }: Publication) => ({ format, target });
const known = (artifacts: readonly Publication[]) => ({ installKey, contentDigest, artifacts });

let warnings: string[];
const prepare = () => (warnings = []);

function find(
  resolved: typeof pinned | typeof unpinned,
  before?: object,
  formats: readonly (string | object)[] = ["raw", "qcow2"],
  publishTo: readonly object[] = [{ type: "directory", path: "a" }],
) {
  const spec = requireImageSpec({ installer: "a", formats, publishTo });
  const oldInputs = before === undefined ? {} : { known: before };
  const context = {
    rootDirectory: folder(),
    cacheDirectory: join(folder(), "cache"),
    warn: (message: string) => void warnings.push(message),
    signal,
  };
  return previewOutputs(spec, resolved, oldInputs, context);
}

async function record(path: string, artifacts: readonly Publication[]): Promise<void> {
  const store = directoryRecords(join(folder(), path), path);
  await claimHead(store, head, signal);
  for (const it of artifacts) await addPublication(store, installKey, entryOf(it), signal);
  const leads = { installKey, installerSha256: digest("c") };
  await addRequest(store, digest("f"), leads, signal);
}
const cached = (artifacts: readonly Publication[]) => record("cache", artifacts);

describe("previewOutputs", () => {
  beforeEach(prepare);

  it("returns nothing before the first build", async () => {
    for (const resolved of [pinned, unpinned]) {
      assert.deepEqual(await find(resolved), { places: [place(raw), place(qcow2)], artifacts: [] });
    }
  });

  it("returns the artifacts in the old inputs", async () => {
    assert.deepEqual((await find(pinned, known([raw, qcow2]))).artifacts, [raw, qcow2]);
  });

  it("returns the hardware settings in the old inputs, if they have any", async () => {
    const facts = {
      virtualSizeBytes: 4,
      firmware: "uefi",
      guestId: "other4xLinux64Guest",
      scsiType: "pvscsi",
    };
    assert.deepEqual((await find(pinned, { ...known([raw]), facts })).facts, facts);
    assert.equal((await find(pinned, known([raw]))).facts, undefined);
  });

  it("returns guest and controller of the requested OVA", async () => {
    const facts = { virtualSizeBytes: 4, firmware: "uefi", guestId: "g", scsiType: "s" };
    const before = { ...known([raw]), facts };
    const options = { guestId: "ubuntu64Guest", scsiType: "lsilogic-sas" };
    const found = await find(pinned, before, ["raw", { type: "ova", ...options }]);
    assert.deepEqual(found.facts, { ...facts, ...options });
  });

  it("returns the artifacts in the cache's record, as in outputs", async () => {
    await cached([raw, qcow2]);
    const found = await find(pinned);
    assert.deepEqual(found.artifacts, [raw, qcow2]);
    assert.equal(found.contentDigest, contentDigest);
    const { virtualSizeBytes, firmware } = head;
    const more = { guestId: "other4xLinux64Guest", scsiType: "pvscsi" };
    assert.deepEqual(found.facts, { virtualSizeBytes, firmware, ...more });
    assert.equal(knownSchema.strict().safeParse(found).success, true);
  });

  it("returns the artifacts in a target's record, with the folder's path now, if the cache has none", async () => {
    // Recorded with a path of another machine.
    const elsewhere = [raw, qcow2].map((it) => {
      const uri = `file:///elsewhere/edge/edge.${it.format}`;
      return { ...it, uri, url: uri };
    });
    await record("a", elsewhere);
    const here = elsewhere.map((it) => {
      const uri = pathToFileURL(join(folder(), "a", "edge", `edge.${it.format}`)).href;
      return { ...it, uri, url: uri };
    });
    await mkdir(join(folder(), "a", "edge"), { recursive: true });
    for (const { uri } of here) await writeFile(fileURLToPath(uri), "x");
    assert.deepEqual((await find(pinned)).artifacts, here);
  });

  it("returns the current URL, not the recorded one", async () => {
    const uri = "https://host/images/edge/edge.raw";
    await cached([{ ...publicationAt("https://host/images", "raw"), uri, url: uri }]);
    const cdn = { publicUrl: "https://cdn.example" };
    const web = { type: "http", url: "https://host/images", ...cdn };
    const { artifacts } = await find(pinned, undefined, ["raw"], [web]);
    assert.deepEqual(
      artifacts.map(({ uri: sent, url }) => [sent, url]),
      [[uri, "https://cdn.example/edge/edge.raw"]],
    );
  });

  it("finds the record of an unpinned installer by its request key", async () => {
    await cached([raw, qcow2]);
    assert.deepEqual((await find(unpinned)).artifacts, [raw, qcow2]);
  });

  it("finds a format that was added since the old inputs", async () => {
    await cached([raw, qcow2]);
    assert.deepEqual((await find(pinned, known([qcow2]))).artifacts, [raw, qcow2]);
  });

  it("returns the other formats while an added one does not exist", async () => {
    await cached([qcow2]);
    assert.deepEqual((await find(pinned, known([qcow2]))).artifacts, [qcow2]);
  });

  it("omits artifacts that are no longer requested", async () => {
    assert.deepEqual((await find(pinned, known([raw, qcow2]), ["raw"])).artifacts, [raw]);
  });

  it("returns the future URL if only that changed", async () => {
    const web = { type: "http", url: "https://h/a" };
    const onWeb = {
      ...publicationAt(web.url, "qcow2"),
      uri: "https://h/a/edge/x.qcow2",
      url: "https://old.example.com/edge/x.qcow2",
    };
    for (const [more, url] of [
      [{ publicUrl: "https://new.example.com" }, "https://new.example.com/edge/x.qcow2"],
      [{}, onWeb.uri],
    ] as const) {
      const target = { ...web, ...more };
      const { artifacts } = await find(pinned, known([onWeb]), ["qcow2"], [target]);
      assert.deepEqual(artifacts, [{ ...onWeb, url }]);
    }
  });

  it("ignores artifacts of another install", async () => {
    const other = { ...known([raw, qcow2]), installKey: digest("2") };
    assert.deepEqual((await find(pinned, other)).artifacts, []);
    const otherRequest = { ...other, requestKey: digest("3") };
    assert.deepEqual((await find(unpinned, otherRequest)).artifacts, []);
  });

  it("ignores artifacts with another content or options", async () => {
    const found = await find(
      pinned,
      known([publicationAt("directory:a", "raw", digest("e")), qcow2]),
      ["raw"],
    );
    assert.deepEqual(found.artifacts, []);
  });

  it("ignores damaged old inputs", async () => {
    assert.deepEqual((await find(pinned, { installKey: 5 })).artifacts, []);
  });

  describe("of artifacts that a refresh found lost", () => {
    const at = (artifact: Publication): Publication => {
      const uri = pathToFileURL(join(folder(), "a", "edge-1", `edge-${artifact.format}.raw`)).href;
      return { ...artifact, uri, url: uri };
    };
    const cacheDirectory = () => join(folder(), "cache");
    const lose = async (...artifacts: Publication[]) => {
      await registerDirectory(join(folder(), "a"), cacheDirectory(), signal);
      await rememberLost(cacheDirectory(), artifacts, artifacts);
    };
    const cacheDisk = async (content: string) => {
      const disk = workspaceAt(cacheDirectory()).disk(installKey);
      await mkdir(disk, { recursive: true });
      await writeFile(join(disk, "disk.raw"), "disk");
      const facts = { contentDigest: content, virtualSizeBytes: 4 };
      await writeFile(join(disk, "disk.json"), JSON.stringify(facts));
    };

    it("returns those that can be made again from the cached disk", async () => {
      await lose(at(raw));
      await cacheDisk(contentDigest);
      assert.deepEqual((await find(pinned, known([at(raw)]))).artifacts, [at(raw)]);
      assert.deepEqual(warnings, []);
    });

    it("returns those that can be made again from another artifact", async () => {
      await lose(at(raw));
      const both = [at(raw), at(qcow2)];
      assert.deepEqual((await find(pinned, known(both))).artifacts, both);
    });

    for (const [what, disk] of [
      ["without a base disk", undefined],
      ["with the base disk of another install", digest("e")],
    ] as const) {
      it(`omits those that need a new install, ${what}, with a warning`, async () => {
        await lose(at(raw));
        if (disk !== undefined) await cacheDisk(disk);
        assert.deepEqual((await find(pinned, known([at(raw)]))).artifacts, []);
        assert.match(warnings[0] ?? "", /is lost and will get another name: its base disk/);
      });
    }

    it("omits those that another encoder will write, with a warning", async () => {
      await lose(at(qcow2));
      await cacheDisk(contentDigest);
      assert.deepEqual((await find(pinned, known([at(qcow2)]))).artifacts, []);
      assert.match(warnings[0] ?? "", /it was made by qemu-img 7\.2, and zlib .* is installed/);
    });

    it("returns those that exist again", async () => {
      await lose(at(raw));
      await mkdir(join(folder(), "a", "edge-1"), { recursive: true });
      await writeFile(join(folder(), "a", "edge-1", "edge-raw.raw"), "x");
      assert.deepEqual((await find(pinned, known([at(raw)]))).artifacts, [at(raw)]);
    });

    it("checks artifacts that only another machine recorded", async () => {
      await registerDirectory(join(folder(), "a"), cacheDirectory(), signal);
      await record("a", [at(raw)]);
      assert.deepEqual((await find(pinned)).artifacts, []);
    });

    it("returns those that a later refresh found", async () => {
      await rememberLost(cacheDirectory(), [raw, qcow2], [raw, qcow2]);
      await rememberLost(cacheDirectory(), [raw, qcow2], [raw]);
      const isLost = await readLost(cacheDirectory());
      assert.deepEqual([isLost(raw), isLost(qcow2)], [true, false]);
    });
  });
});
