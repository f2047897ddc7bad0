import assert from "node:assert/strict";
import { canonicalJson } from "../../../../provider/base/json";
import { acceptedFormats } from "../../../../provider/plan/formats";
import { destinationsOf } from "../../../../provider/plan/make-plan";
import { accessReasons } from "../../../../provider/resource/image/access-diff";
import { resolveImage } from "../../../../provider/resource/image/resolve";
import { imageSpecSchema } from "../../../../provider/schema/image";
import { requireImageSpec } from "../../../../provider/schema/parse";
import { digest } from "../../agent/samples";
import { fieldsOf } from "./schema-fields";
import { publicKey } from "../../plan/user-data/public-key";

type Input = Readonly<Record<string, unknown>>;

const installer = { url: "https://h/a.iso", sha256: digest("c") };
const good: Input = { installer, publishTo: [{ type: "directory", path: "a" }] };
const palette = { endpoint: "h", edgeHostToken: "t" };
const user = { name: "ops", sshAuthorizedKeys: [publicKey] };
const s3 = { type: "s3", bucket: "b", region: "r" };
const minio = { ...s3, endpoint: "https://m:9000" };
const web = { type: "http", url: "https://h/a" };
const oci = { type: "oci", repository: "h.x/a" };
const cdi = { type: "cdi", namespace: "a" };
const datastore = { type: "vsphere", server: "vc", datastore: "a" };
const library = { type: "vsphere", server: "vc", library: "a" };
const deploy = { datacenter: "DC0", cluster: "C0", datastore: "d", network: "n" };
const to = (target: object, more: object = {}): readonly [object, object] => [
  { publishTo: [target] },
  { publishTo: [{ ...target, ...more }] },
];
const vsphereTo = (target: object, more: object): readonly [object, object] => [
  { formats: ["ova"], publishTo: [target] },
  { formats: ["ova"], publishTo: [{ ...target, ...more }] },
];
const format = (type: string, more: object): readonly [object, object] => [
  { formats: [type] },
  { formats: [{ type, ...more }] },
];

/** For each field with a default: the inputs without it, and with the default spelled out. */
const defaults: Readonly<Record<string, readonly (readonly [object, object])[]>> = {
  "installer.headers": [[{}, { installer: { ...installer, headers: {} } }]],
  "installer.kind": [[{}, { installer: { ...installer, kind: "auto" } }]],
  "palette.managementMode": [[{ palette }, { palette: { ...palette, managementMode: "central" } }]],
  "palette.registration": [[{ palette }, { palette: { ...palette, registration: "image" } }]],
  "palette.insecureSkipVerify": [
    [{ palette }, { palette: { ...palette, insecureSkipVerify: false } }],
  ],
  "palette.debug": [[{ palette }, { palette: { ...palette, debug: false } }]],
  "palette.tags": [[{ palette }, { palette: { ...palette, tags: {} } }]],
  "users.sshAuthorizedKeys": [
    [
      { users: [{ name: "ops", passwordHash: "$6$saltsalt$abc" }] },
      { users: [{ name: "ops", passwordHash: "$6$saltsalt$abc", sshAuthorizedKeys: [] }] },
    ],
  ],
  "users.groups": [
    [{ users: [user] }, { users: [{ ...user, groups: [] }] }],
    [{ users: [user] }, { users: [{ ...user, groups: ["sudo", "admin"] }] }],
  ],
  userData: [[{}, { userData: {} }]],
  "machine.firmware": [[{}, { machine: { firmware: "bios" } }]],
  "machine.secureBoot": [[{}, { machine: { secureBoot: false } }]],
  "machine.diskSize": [[{}, { machine: { diskSize: "100GiB" } }]],
  "machine.network": [[{}, { machine: { network: "isolated" } }]],
  "machine.accelerator": [[{}, { machine: { accelerator: "auto" } }]],
  "machine.cpus": [[{}, { machine: { cpus: 4 } }]],
  "machine.memory": [[{}, { machine: { memory: "8GiB" } }]],
  "formats.type": [[{}, { formats: ["qcow2"] }]],
  "formats.compression": [
    format("raw", { compression: "none" }),
    format("qcow2", { compression: "zlib" }),
  ],
  "formats.hardwareVersion": [format("ova", { hardwareVersion: 14 })],
  "formats.guestId": [format("ova", { guestId: "other4xLinux64Guest" })],
  "formats.cpus": [format("ova", { cpus: 2 })],
  "formats.memory": [format("ova", { memory: "8GiB" })],
  "formats.scsiType": [format("ova", { scsiType: "pvscsi" })],
  "formats.networkType": [format("ova", { networkType: "vmxnet3" })],
  "formats.firmware": [format("ova", { firmware: "bios" })],
  "formats.secureBoot": [format("ova", { secureBoot: false })],
  "formats.extraConfig": [format("ova", { extraConfig: {} })],
  "formats.disk": [format("containerdisk", { disk: "qcow2" })],
  "formats.labels": [format("containerdisk", { labels: {} })],
  "formats.afterInstall": [format("iso", { afterInstall: "poweroff" })],
  "formats.eject": [format("iso", { eject: true })],
  "formats.device": [format("iso", { device: "auto" })],
  "formats.contentBundles": [format("iso", { contentBundles: [] })],
  "publishTo.formats": [to(s3, { formats: ["qcow2"] }), to(cdi, { formats: ["qcow2"] })],
  "publishTo.prefix": [to(s3, { prefix: "" })],
  "publishTo.pathStyle": [to(s3, { pathStyle: false }), to(minio, { pathStyle: true })],
  "publishTo.tags": [to(s3, { tags: {} })],
  "publishTo.cacheControl": [to(s3, { cacheControl: "max-age=31536000, immutable" })],
  "publishTo.checksums": [to(s3, { checksums: "auto" })],
  "publishTo.partSize": [to(s3, { partSize: "32MiB" })],
  "publishTo.headers": [to(web, { headers: {} })],
  "publishTo.publicUrl": [to(web, { publicUrl: "https://h/a/" })],
  "publishTo.createFolders": [to(web, { createFolders: true })],
  "publishTo.plainHttp": [to(oci, { plainHttp: false })],
  "publishTo.mediaType": [to(oci, { mediaType: "application/x-qemu-disk" })],
  "publishTo.folder": [vsphereTo(datastore, { folder: "" })],
  "publishTo.size": [to(cdi, { size: "100GiB" })],
  "publishTo.deploy.folder": [
    vsphereTo({ ...library, deploy }, { deploy: { ...deploy, folder: "" } }),
  ],
  "publishTo.deploy.provisioning": [
    vsphereTo({ ...library, deploy }, { deploy: { ...deploy, provisioning: "thin" } }),
  ],
  "buildHost.type": [[{}, { buildHost: { type: "local" } }]],
  "verify.boot": [[{}, { verify: { boot: true } }]],
  "verify.artifacts": [[{}, { verify: { artifacts: "structure" } }]],
  "timeouts.fetch": [[{}, { timeouts: { fetch: 60 } }]],
  "timeouts.install": [[{}, { timeouts: { install: 40 } }]],
  "timeouts.stall": [[{}, { timeouts: { stall: 6 } }]],
  "timeouts.verify": [[{}, { timeouts: { verify: 10 } }]],
  "timeouts.convert": [[{}, { timeouts: { convert: 60 } }]],
  "timeouts.publish": [[{}, { timeouts: { publish: 120 } }]],
  triggers: [[{}, { triggers: [] }]],
  recipe: [[{}, { recipe: "latest" }]],
  keepPrevious: [[{}, { keepPrevious: 0 }]],
  singleHost: [[{}, { singleHost: false }]],
};

/** Fields without a constant default: required, absent, or taken from the environment or from a server. */
const without = new Set([
  ...["installer.url", "installer.path", "installer.sha256", "installer.checksumUrl", "adopt"],
  ...["palette.endpoint", "palette.edgeHostToken", "palette.registrationUrl"],
  ...["palette.projectName", "palette.projectUid", "palette.caCerts"],
  ...["palette.httpProxy", "palette.httpsProxy", "palette.noProxy"],
  ...["users.name", "users.password", "users.passwordHash"],
  ...["formats.preference", "formats.instanceType"],
  ...["formats.contentBundles.path", "formats.contentBundles.sha256"],
  ...["publishTo.type", "publishTo.path", "publishTo.bucket", "publishTo.region"],
  ...["publishTo.endpoint", "publishTo.profile", "publishTo.sse", "publishTo.kmsKeyId"],
  ...["publishTo.storageClass", "publishTo.accessKeyId", "publishTo.secretAccessKey"],
  ...["publishTo.sessionToken", "publishTo.url", "publishTo.headersFile"],
  ...["publishTo.repository", "publishTo.tag", "publishTo.caFile", "publishTo.username"],
  ...["publishTo.password", "publishTo.server", "publishTo.datacenter", "publishTo.datastore"],
  ...["publishTo.library", "publishTo.credentialsFile", "publishTo.thumbprint"],
  ...["publishTo.namespace", "publishTo.context", "publishTo.kubeconfig"],
  ...["publishTo.uploadProxy", "publishTo.uploadProxyCaFile", "publishTo.accessModes"],
  ...["publishTo.volumeMode", "buildHost.agent", "verify.expect"],
  ...["datacenter", "resourcePool", "cluster", "host", "datastore", "network", "name"].map(
    (name) => `publishTo.deploy.${name}`,
  ),
]);

const specOf = (input: object) => requireImageSpec({ ...good, ...input });

/** What decides whether an image is replaced. */
async function identity(input: object) {
  const { resolved, userData } = await resolveImage(specOf(input), {
    rootDirectory: "/project",
    cacheDirectory: "/nowhere",
    warn: () => undefined,
    signal: new AbortController().signal,
  });
  return { ...resolved, userData: canonicalJson(userData) };
}

describe("A default that is spelled out", () => {
  for (const [field, pairs] of Object.entries(defaults)) {
    pairs.forEach(([implicit, explicit], index) => {
      it(`changes nothing: ${field}${index === 0 ? "" : `, ${index + 1}`}`, async () => {
        assert.deepEqual(await identity(explicit), await identity(implicit));
        const [shortSpec, longSpec] = [specOf(implicit), specOf(explicit)];
        assert.deepEqual(destinationsOf(longSpec), destinationsOf(shortSpec));
        assert.equal(longSpec.keepPrevious, shortSpec.keepPrevious);
        assert.deepEqual(accessReasons(longSpec, shortSpec.publishTo), []);
        assert.deepEqual(accessReasons(shortSpec, longSpec.publishTo), []);
        const accepted = shortSpec.formats.flatMap(acceptedFormats).map(canonicalJson);
        for (const it of longSpec.formats.flatMap(acceptedFormats)) {
          assert.ok(accepted.includes(canonicalJson(it)), canonicalJson(it));
        }
      });
    });
  }

  it("is in the table for every field that has one", () => {
    const fields = [...new Set(fieldsOf(imageSpecSchema, ""))];
    const listed = new Set([...Object.keys(defaults), ...without]);
    assert.deepEqual(
      fields.filter((field) => !listed.has(field)),
      [],
    );
    // A list of objects is no leaf of its own, but may be empty by default.
    const known = new Set([...fields, "formats.contentBundles"]);
    assert.deepEqual(
      [...listed].filter((field) => !known.has(field)),
      [],
    );
  });
});
