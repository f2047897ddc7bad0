import assert from "node:assert/strict";
import { BuildFailure, type BuildHost } from "../../../provider/hosts/host";
import { artifactKey } from "../../../provider/plan/keys";
import type { BuildRequest } from "../../../provider/plan/plan";
import { PartialState, type Data } from "../../../provider/resource/handlers";
import { siteSeedResource } from "../../../provider/resource/site-seed";
import { StylusError } from "../../../provider/base/errors";
import type { ImageState, Publication } from "../../../provider/schema/state";
import { publicationAt, stateWith } from "../agent/samples";
import { temporaryFolder } from "../agent/temporary-folder";
import { heardCall } from "./samples";

const folder = temporaryFolder();
const urn = "urn:pulumi:dev::p::pulumi-nodejs:dynamic/stylus-image:SiteSeed::store 7";
const good: Data = {
  palette: { edgeHostToken: "t0ken", name: "store-7" },
  publishTo: [{ type: "s3", bucket: "b" }],
  selfUrn: urn,
};
let requests: BuildRequest[];
const prepare = () => (requests = []);

const published = (installKey: string): Publication => {
  const key = artifactKey({ installKey }, { type: "seed" }, "none");
  return { ...publicationAt("s3://b"), format: "seed", artifactKey: key };
};
const built = ({ plan }: BuildRequest): ImageState => ({
  ...stateWith([published(plan.installKey ?? "")]),
  installKey: plan.installKey ?? "",
  virtualSizeBytes: plan.machine.diskSize,
  instance: plan.instance,
});
const hostWith = (answer: (request: BuildRequest) => ImageState): BuildHost => ({
  build: (request) => {
    requests.push(request);
    return Promise.resolve().then(() => answer(request));
  },
});
const resource = (host = hostWith(built)) =>
  siteSeedResource({
    openHost: () => host,
    rootDirectory: folder(),
    cacheDirectory: `${folder()}/cache`,
  });
const call = () => ({ ...heardCall(), urn });
const check = async (newInputs: Data, oldInputs: Data = {}) =>
  (await resource().check(call(), { oldInputs, newInputs })).inputs;
const create = async (host?: BuildHost) =>
  resource(host).create(call(), { inputs: await check(good) });

const ownOutputs = [
  "artifacts",
  "instance",
  "keepPrevious",
  "missing",
  "pending",
  "publishTo",
  "schemaVersion",
  "seedKey",
];

describe("siteSeedResource", () => {
  beforeEach(prepare);

  it("gives outputs that say nothing of an installation", async () => {
    const { id, outputs } = await create();
    assert.match(id, /^store-7-[0-9a-f]{12}$/);
    assert.equal(outputs["seedKey"], requests[0]?.plan.installKey);
    const names = Object.keys(outputs).filter((name) => outputs[name] !== undefined);
    assert.deepEqual(names.sort(), ownOutputs);
  });

  it("asks for one seed of a plan without installer, and hands the user-data over apart from it", async () => {
    await create();
    const [{ plan, userData } = assert.fail()] = requests;
    assert.deepEqual(plan.installer.source, { type: "user-data" });
    assert.deepEqual(plan.destinations, [{ format: "seed", target: "s3://b" }]);
    assert.deepEqual(userData, { stylus: { site: { edgeHostToken: "t0ken", name: "store-7" } } });
    assert.doesNotMatch(JSON.stringify(plan), /t0ken/);
  });

  it("sees a difference where the site's data changed, and nowhere else", async () => {
    const existing = await create();
    const inputs = await check(good);
    const diff = (newInputs: Data) => resource().diff(call(), { ...existing, newInputs });
    assert.deepEqual(await diff(inputs), { changes: false, replaces: [], reasons: [] });
    const palette = { edgeHostToken: "t0ken", name: "store-8" };
    const { replaces } = await diff(await check({ ...good, palette }, inputs));
    assert.deepEqual(replaces, ["palette"]);
  });

  it("keeps its instance in an update, and tells the agent what exists", async () => {
    const existing = await create();
    const outputs = await resource().update(call(), { ...existing, newInputs: await check(good) });
    assert.equal(outputs["seedKey"], existing.outputs["seedKey"]);
    assert.equal(requests[1]?.plan.instance, requests[0]?.plan.instance);
    assert.equal(requests[1]?.plan.existing?.installKey, existing.outputs["seedKey"]);
  });

  it("keeps what was published before it failed", async () => {
    const fault = new StylusError("publish.denied", { what: "No.", next: "Ask." });
    const host = hostWith((request) => {
      throw new BuildFailure(fault, built(request));
    });
    await assert.rejects(create(host), (error) => {
      assert.ok(error instanceof PartialState);
      assert.equal(error.existing.outputs["seedKey"], requests[0]?.plan.installKey);
      return true;
    });
  });

  it("takes no new recipe of an installation for a change", async () => {
    const inputs = await check(good);
    const resolved = { ...(inputs["resolved"] as Data), recipe: "0" };
    const again = await check(good, { ...inputs, resolved });
    assert.deepEqual(again["resolved"], inputs["resolved"]);
  });

  it("reports the problems of invalid inputs once, and none of an installation", async () => {
    const userData = { install: { partitions: { persistent: { size: 500_000, fs: "ext4" } } } };
    const newInputs = { publishTo: good["publishTo"], keepPrevious: -1, userData };
    const { problems } = await resource().check(call(), { oldInputs: {}, newInputs });
    const paths = problems.map(({ path }) => path);
    assert.equal(new Set(paths).size, paths.length);
    assert.doesNotMatch(JSON.stringify(problems), /diskSize|disk of/);
  });
});
