import assert from "node:assert/strict";
import { buildImage } from "../../../../provider/agent/build-image";
import { addPublication, claimHead } from "../../../../provider/records/record";
import { setMarker } from "../../../../provider/records/markers";
import type { Target } from "../../../../provider/targets/target";
import type { ImageState, Publication } from "../../../../provider/schema/state";
import { memoryTarget, type MemoryTarget } from "../memory-target";
import { buildFor, entryOf, head, installKey, publicationAt, signal, stateWith } from "../samples";
import { temporaryFolder } from "../temporary-folder";

const folder = temporaryFolder();
const qcow2 = publicationAt("directory:a", "qcow2");
const templateNamed = (name: string) => ({ name, path: `/DC0/vm/${name}`, uuid: name });

describe("deployTemplate", () => {
  let a: MemoryTarget;
  let deployed: string[];
  let swept: string[];
  let isBroken: boolean;
  /** Deploys a template named `today` from every publication. */
  let target: Target;
  beforeEach(async () => {
    a = memoryTarget("a", folder());
    [deployed, swept, isBroken] = [[], [], false];
    target = {
      ...a,
      find: async (publication, within) => {
        const found = await a.find(publication, within);
        const isThere = found.state !== "present" || deployed.length > 0;
        return isThere ? found : { state: "undeployed", why: "There is no template." };
      },
      capabilities: {
        ...a.capabilities,
        templates: {
          describe: (publication) => ({ ...publication, template: templateNamed("today") }),
          deploy: ({ uri }) => {
            if (isBroken) return Promise.reject(new Error("no host is compatible"));
            deployed.push(uri);
            return Promise.resolve();
          },
          sweep: ({ uri }) => {
            swept.push(uri);
            return Promise.resolve();
          },
        },
      },
    };
    await claimHead(a.records, head, signal);
    await addPublication(a.records, installKey, entryOf(qcow2), signal);
    a.there.add(qcow2.uri);
  });
  const run = (
    existing?: readonly Publication[],
    onProgress: (state: ImageState) => void = () => undefined,
  ): Promise<ImageState> => {
    const context = existing === undefined ? {} : { existing: stateWith(existing) };
    const options = { folder: folder(), targets: [target], formats: ["qcow2"], context } as const;
    return buildImage(buildFor(options), onProgress);
  };

  it("converts and uploads nothing", async () => {
    const state = await run();
    assert.deepEqual(deployed, [qcow2.uri]);
    assert.deepEqual(state.artifacts[0]?.template, templateNamed("today"));
    assert.deepEqual(state.missing, []);
    await run(state.artifacts);
    assert.equal(deployed.length, 1);
  });

  it("keeps the publication if the deployment fails, and lists it as missing", async () => {
    isBroken = true;
    const states: ImageState[] = [];
    await assert.rejects(run(undefined, (state) => states.push(state)));
    const last = states.at(-1);
    assert.deepEqual(
      last?.artifacts.map(({ uri }) => uri),
      [qcow2.uri],
    );
    assert.deepEqual(last.missing, [{ format: "qcow2", target: "directory:a" }]);
    assert.deepEqual(last.pending, []);
  });

  it("removes the template with former options, once", async () => {
    const { artifacts } = await run([{ ...qcow2, template: templateNamed("former") }]);
    assert.deepEqual(swept, [qcow2.uri]);
    await run(artifacts);
    assert.equal(swept.length, 1);
  });

  it("keeps the template if the image has other owners", async () => {
    const other = { instance: "other", owner: "urn:other", time: "", state: "live" } as const;
    await setMarker(a.records, installKey, other, signal);
    await run([{ ...qcow2, template: templateNamed("former") }]);
    assert.deepEqual(swept, []);
  });
});
