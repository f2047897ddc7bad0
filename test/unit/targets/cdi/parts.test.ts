import assert from "node:assert/strict";
import { addressOfUri, volumeName } from "../../../../provider/targets/cdi/address";
import { judge } from "../../../../provider/targets/cdi/examine";
import { uploadUrl } from "../../../../provider/targets/cdi/upload-proxy";
import {
  claimSchema,
  quantityOf,
  volumeFor,
  volumeSchema,
} from "../../../../provider/targets/cdi/volume";
import { cdiTarget } from "../../../../provider/schema/targets/cdi";
import { longestImageName } from "../../../../provider/schema/names";
import { GiB, MiB } from "../../../../provider/base/size";
import { digest } from "../../agent/samples";

const wanted = { artifactKey: digest("a"), sha256: digest("b"), sizeBytes: 7 };
const annotations = {
  "pulumi-stylus-image/artifact-key": wanted.artifactKey,
  "pulumi-stylus-image/sha256": wanted.sha256,
  "pulumi-stylus-image/size-bytes": "7",
};
const volume = (phase: string | undefined, metadata: object = {}) =>
  volumeSchema.parse({
    metadata: { name: "v", uid: "1", resourceVersion: "1", annotations, ...metadata },
    spec: {},
    status: { phase },
  });
const claim = (owner: object | undefined, more: { status?: object; metadata?: object } = {}) =>
  claimSchema.parse({
    metadata: { uid: "2", ownerReferences: owner && [owner], ...more.metadata },
    status: more.status,
  });
const own = { kind: "DataVolume", name: "v", uid: "1" };
const earlier = { ...own, uid: "0" };
const other = { kind: "VirtualMachine", name: "vm", uid: "9" };
const time = "2026-01-01T00:00:00Z";
const done = "Succeeded";

describe("the verdict on a DataVolume and its claim", () => {
  type Row = readonly [string, Parameters<typeof judge>[0], Parameters<typeof judge>[1], string];
  const rows: readonly Row[] = [
    ["neither is there", undefined, undefined, "missing"],
    ["the claim of a removed one", undefined, claim(earlier), "terminating"],
    ["a claim of nobody", undefined, claim(undefined), "foreign"],
    ["a claim of something else", undefined, claim(other), "foreign"],
    ["no marker", volume(done, { annotations: undefined }), claim(own), "foreign"],
    ["half a marker", volume(done, { annotations: { a: "b" } }), claim(own), "foreign"],
    [
      "another artifact",
      volume(done, { annotations: { ...annotations, "pulumi-stylus-image/artifact-key": "x" } }),
      claim(own),
      "foreign",
    ],
    [
      "another size",
      volume(done, { annotations: { ...annotations, "pulumi-stylus-image/size-bytes": "8" } }),
      claim(own),
      "foreign",
    ],
    ["being removed", volume(done, { deletionTimestamp: time }), claim(own), "terminating"],
    ["no phase yet", volume(undefined), undefined, "unfinished"],
    ["waiting", volume("UploadScheduled"), claim(own), "unfinished"],
    ["ready", volume("UploadReady"), claim(own), "unfinished"],
    ["failed", volume("Failed"), claim(own), "unusable"],
    ["with the claim of an earlier one", volume("Pending"), claim(earlier), "terminating"],
    ["with the claim of others", volume(done), claim(other), "foreign"],
    ["without a claim", volume(done), undefined, "unusable"],
    ["with a lost claim", volume(done), claim(own, { status: { phase: "Lost" } }), "unusable"],
    [
      "with a claim that goes",
      volume(done),
      claim(own, { metadata: { ownerReferences: [own], deletionTimestamp: time } }),
      "terminating",
    ],
    [
      "with a claim that is new",
      volume(done),
      claim(own, { status: { phase: "Pending" } }),
      "unfinished",
    ],
    ["all as it should be", volume(done), claim(own, { status: { phase: "Bound" } }), "same"],
  ];
  for (const [what, seen, held, state] of rows) {
    it(`${what}: ${state}`, () => assert.equal(judge(seen, held, wanted).state, state));
  }
  it("ignores a hash that the publication does not have", () => {
    const { artifactKey, sizeBytes } = wanted;
    const bound = claim(own, { status: { phase: "Bound" } });
    assert.equal(judge(volume(done), bound, { artifactKey, sizeBytes }).state, "same");
  });
});

describe("the name of a DataVolume", () => {
  const key = "0123456789ab";
  for (const [artifact, name] of [
    [`edge-aaaaaaaaaaaa/edge-${key}.qcow2`, `edge-${key}`],
    [`edge-aaaaaaaaaaaa/edge-${key}.raw.zst`, `edge-${key}`],
    [`Edge_4.5-aaaaaaaaaaaa/Edge_4.5-${key}.vmdk`, `edge-4-5-${key}`],
  ] as const) {
    it(`${artifact}: ${name}`, () => assert.equal(volumeName(artifact), name));
  }
  it("is a DNS label however long the image's name is", () => {
    const name = volumeName(`x/${"N".repeat(longestImageName)}-${key}.qcow2`);
    assert.match(name, /^[a-z0-9][-a-z0-9]{0,61}[a-z0-9]$/);
    assert.equal(name.length, 63);
  });
  it("is read back from its URI, but not from another target's", () => {
    const spec = cdiTarget.parse({ type: "cdi", namespace: "a" });
    const at = (uri: string, target = "cdi://a") => addressOfUri(spec, { uri, target });
    assert.deepEqual(at("cdi://a/v"), { namespace: "a", name: "v" });
    for (const uri of ["cdi://b/v", "cdi://a/v/w", "cdi://a/..", "cdi://a/"]) {
      assert.throws(() => at(uri), /is not in/);
    }
    assert.throws(() => at("cdi://a/v", "cdi://a (other)"), /is not in/);
  });
});

describe("the size of a volume", () => {
  const artifact = {
    format: "qcow2" as const,
    ...{ path: "/p", sizeBytes: 5 * MiB + 1, sha256: digest("b") },
    ...{ mediaType: "m", artifactKey: digest("a"), name: "n" },
  };
  const requested = (more: object, size?: string) => {
    const spec = cdiTarget.parse({ type: "cdi", size });
    const { storage } = volumeFor(
      spec,
      { namespace: "a", name: "v" },
      { ...artifact, ...more },
    ).spec;
    return storage["resources"];
  };
  const of = (storage: string) => ({ requests: { storage } });
  it("is the disk's, or the requested size if that is larger", () => {
    assert.deepEqual(requested({ diskSizeBytes: 100 * GiB }), of("100Gi"));
    assert.deepEqual(requested({ diskSizeBytes: 100 * GiB }, "120GiB"), of("120Gi"));
    assert.deepEqual(requested({ diskSizeBytes: 100 * GiB }, "50GiB"), of("100Gi"));
  });
  it("is the file's, in whole MiB, if it holds no disk", () => {
    assert.deepEqual(requested({ format: "iso" }, "120GiB"), of("6Mi"));
  });
  it("is a Kubernetes quantity", () => {
    assert.deepEqual([GiB, 2.5 * GiB, MiB + 1, 1].map(quantityOf), ["1Gi", "2560Mi", "2Mi", "1Mi"]);
  });
});

describe("the address of the upload proxy", () => {
  for (const [told, url] of [
    ["cdi.example.com", "https://cdi.example.com/v1beta1/upload"],
    ["https://cdi.example.com:8443/", "https://cdi.example.com:8443/v1beta1/upload"],
    ["http://127.0.0.1:8080/cdi", "http://127.0.0.1:8080/cdi/v1beta1/upload"],
    ["", undefined],
    ["not a host", undefined],
  ] as const) {
    it(`${told === "" ? "nothing" : told}: ${url ?? "none"}`, () =>
      assert.equal(uploadUrl(told)?.href, url));
  }
});
