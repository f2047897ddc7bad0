import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { installArguments, verifyArguments } from "../../../../provider/plan/qemu-arguments";
import { findRecipe, type Recipe } from "../../../../provider/plan/recipe";
import { templateAt } from "../../../../provider/plan/template";
import { hashPassword } from "../../../../provider/plan/user-data/password-hash";
import { connectS3 } from "../../../../provider/targets/s3/connection";
import { s3Url, usesPathStyle } from "../../../../provider/targets/s3/address";
import {
  artifactHeadersOf,
  encryptionOf,
  storageOf,
} from "../../../../provider/targets/s3/object-headers";
import { partSizeFor } from "../../../../provider/targets/s3/parts";
import { buildRequest } from "../../../../provider/resource/image/request";
import { resolveImage } from "../../../../provider/resource/image/resolve";
import { imageSpecSchema } from "../../../../provider/schema/image";
import type { S3TargetSpec } from "../../../../provider/schema/targets/s3";
import { requireImageSpec } from "../../../../provider/schema/parse";
import { GiB } from "../../../../provider/base/size";
import { sizeFor } from "../../../../provider/system/host/capacity";
import { serveFile, type FileServer } from "../../../servers/http-files";
import { digest } from "../../agent/samples";
import { temporaryFolder } from "../../agent/temporary-folder";
import { fieldsOf } from "./schema-fields";
import { publicKey } from "../../plan/user-data/public-key";

const folder = temporaryFolder();
let server: FileServer;
const prepare = async () => {
  server = await serveFile({ content: Buffer.from(`${digest("e")}  a.iso\n`) });
};
const finish = () => server.close();

type Input = Readonly<Record<string, unknown>>;

/** The complete request to an agent, and the values derived from it on a large host. */
async function effects(input: Input) {
  const spec = requireImageSpec(input);
  const context = { rootDirectory: "/project", cacheDirectory: folder() };
  const image = await resolveImage(spec, {
    ...context,
    warn: () => undefined,
    signal: new AbortController().signal,
  });
  const owner = { name: "edge", owner: "cli", instance: "i" };
  const { plan, ...request } = buildRequest(spec, image, { ...context, ...owner });
  const size = sizeFor(plan.machine, { cores: 64, availableMemory: 512 * GiB });
  const host = { ...size, accelerator: "kvm", cpuModel: "host", socketDirectory: "/s" } as const;
  const files = { disk: "/d", overlay: "/o", cds: ["/i"], seed: "/c", serialLog: "/l" };
  const identity = { uuid: "u", mac: "m", serial: "s" };
  const recipe = findRecipe(plan.recipe) as Recipe;
  return {
    plan,
    request,
    keys: [plan.installKey, plan.requestKey],
    userData: request.userData,
    template: spec.publishTo.map((target) => templateAt(target, ova)),
    argv: [
      installArguments(plan.machine, recipe, host, identity, files),
      verifyArguments(plan.machine, recipe, host, identity, files),
    ],
  };
}

const ova = { format: "ova", artifactKey: digest("a"), uri: "a/e-1.ova", target: "t" } as const;
const pin = { sha256: digest("c") };
const good: Input = {
  installer: { url: "https://h/a.iso", ...pin },
  publishTo: [{ type: "directory", path: "images" }],
};
const s3 = { type: "s3", bucket: "b" };
const oci = { type: "oci", repository: "h.x/a" };
const cdi = { type: "cdi", namespace: "a" };
const datastore = { type: "vsphere", server: "vc", datastore: "a" };
const deploy = { datacenter: "DC0", cluster: "C0", datastore: "d", network: "n" };
const withDeploy = (more: object) => ({
  formats: ["ova"],
  publishTo: [{ type: "vsphere", server: "vc", library: "a", deploy: { ...deploy, ...more } }],
});
const web = { type: "http", url: "https://h/a" };
const secureUefi = { firmware: "uefi", secureBoot: true };
const uefi = { firmware: "uefi" };

type Effect = keyof Awaited<ReturnType<typeof effects>>;
/** Field, inputs before and after its change, and the values that must change with it. */
type Row = readonly [string, object, object, Effect];

const rows: readonly Row[] = [
  ["installer.url", {}, { installer: { url: "https://h/b.iso", ...pin } }, "plan"],
  ["installer.url", {}, { installer: { url: "https://h/a.iso?signature", ...pin } }, "request"],
  ["installer.sha256", {}, { installer: { url: "https://h/a.iso", sha256: digest("b") } }, "keys"],
  [
    "installer.headers",
    {},
    { installer: { url: "https://h/a.iso", ...pin, headers: { a: "b" } } },
    "request",
  ],
  ["installer.kind", {}, { installer: { url: "https://h/a.iso", ...pin, kind: "kairos" } }, "plan"],
  [
    "installer.kind",
    {},
    { installer: { url: "https://h/a.iso", ...pin, kind: "generic" } },
    "userData",
  ],
  ["userData", {}, { userData: "#cloud-config\nhostname: x\n" }, "userData"],
  ["userData", {}, { userData: { hostname: "x" } }, "userData"],
  ["machine.firmware", {}, { machine: uefi }, "keys"],
  ["machine.firmware", {}, { machine: uefi }, "plan"],
  ["machine.secureBoot", { machine: uefi }, { machine: secureUefi }, "argv"],
  ["machine.secureBoot", { machine: uefi }, { machine: secureUefi }, "keys"],
  ["machine.cpus", {}, { machine: { cpus: 2 } }, "argv"],
  ["machine.memory", {}, { machine: { memory: "2GiB" } }, "argv"],
  ["machine.diskSize", {}, { machine: { diskSize: "40GiB" } }, "keys"],
  ["machine.diskSize", {}, { machine: { diskSize: "40GiB" } }, "plan"],
  ["machine.network", {}, { machine: { network: "user" } }, "argv"],
  ["machine.network", {}, { machine: { network: "user" } }, "keys"],
  ["machine.accelerator", {}, { machine: { accelerator: "tcg" } }, "plan"],
  ["formats.type", {}, { formats: ["raw"] }, "plan"],
  ["formats.compression", {}, { formats: [{ type: "qcow2", compression: "zstd" }] }, "plan"],
  ...Object.entries({
    hardwareVersion: 19,
    guestId: "ubuntu64Guest",
    cpus: 8,
    memory: "4GiB",
    scsiType: "lsilogic-sas",
    networkType: "e1000e",
    firmware: "bios",
    secureBoot: true,
    extraConfig: { a: "b" },
  }).map(([option, value]): Row => [
    `formats.${option}`,
    { machine: uefi, formats: ["ova"] },
    { machine: uefi, formats: [{ type: "ova", [option]: value }] },
    "plan",
  ]),
  ...Object.entries({
    disk: "raw",
    preference: "ubuntu",
    instanceType: "u1.small",
    labels: { a: "b" },
  }).map(([option, value]): Row => [
    `formats.${option}`,
    { formats: ["containerdisk"] },
    { formats: [{ type: "containerdisk", [option]: value }] },
    "plan",
  ]),
  ...Object.entries({
    afterInstall: "reboot",
    eject: false,
    device: "/dev/sda",
  }).map(([option, value]): Row => [
    `formats.${option}`,
    { formats: ["iso"] },
    { formats: [{ type: "iso", [option]: value }] },
    "plan",
  ]),
  ["publishTo.type", {}, { publishTo: [s3] }, "request"],
  ...Object.entries({ server: "other", datacenter: "DC0", datastore: "b", folder: "f" }).map(
    ([option, value]): Row => [
      `publishTo.${option}`,
      { formats: ["ova"], publishTo: [datastore] },
      { formats: ["ova"], publishTo: [{ ...datastore, [option]: value }] },
      "plan",
    ],
  ),
  [
    "publishTo.library",
    { formats: ["ova"], publishTo: [{ type: "vsphere", server: "vc", library: "a" }] },
    { formats: ["ova"], publishTo: [{ type: "vsphere", server: "vc", library: "b" }] },
    "plan",
  ],
  ...Object.entries({ namespace: "b", context: "c", kubeconfig: "k" }).map(
    ([option, value]): Row => [
      `publishTo.${option}`,
      { publishTo: [cdi] },
      { publishTo: [{ ...cdi, [option]: value }] },
      "plan",
    ],
  ),
  ...(
    [
      ["datacenter", { datacenter: "DC1" }],
      ["folder", { folder: "Templates" }],
      ["resourcePool", { cluster: undefined, resourcePool: "C0/Resources" }],
      ["cluster", { cluster: "C1" }],
      ["host", { cluster: undefined, host: "H0" }],
      ["datastore", { datastore: "e" }],
      ["network", { network: "m" }],
      ["provisioning", { provisioning: "thick" }],
      ["name", { name: "golden" }],
    ] as const
  ).map(([field, more]): Row => [
    `publishTo.deploy.${field}`,
    withDeploy({}),
    withDeploy(more),
    "template",
  ]),
  ["publishTo.path", {}, { publishTo: [{ type: "directory", path: "other" }] }, "plan"],
  [
    "publishTo.formats",
    { formats: ["raw", "qcow2"] },
    {
      formats: ["raw", "qcow2"],
      publishTo: [{ type: "directory", path: "images", formats: ["raw"] }],
    },
    "plan",
  ],
  ["publishTo.bucket", { publishTo: [s3] }, { publishTo: [{ ...s3, bucket: "c" }] }, "plan"],
  ["publishTo.prefix", { publishTo: [s3] }, { publishTo: [{ ...s3, prefix: "p" }] }, "plan"],
  [
    "publishTo.endpoint",
    { publishTo: [s3] },
    { publishTo: [{ ...s3, endpoint: "https://m" }] },
    "plan",
  ],
  ["publishTo.url", { publishTo: [web] }, { publishTo: [{ ...web, url: "https://h/b" }] }, "plan"],
  [
    "publishTo.repository",
    { publishTo: [oci] },
    { publishTo: [{ ...oci, repository: "h.x/b" }] },
    "plan",
  ],
  ["verify.boot", {}, { verify: { boot: false } }, "plan"],
  ["verify.expect", {}, { verify: { expect: "x" } }, "plan"],
  ["verify.artifacts", {}, { verify: { artifacts: "boot" } }, "plan"],
  ...["fetch", "install", "stall", "verify", "convert", "publish"].map((limit): Row => [
    `timeouts.${limit}`,
    {},
    { timeouts: { [limit]: 1 } },
    "plan",
  ]),
  ["triggers", {}, { triggers: [1] }, "keys"],
  ["keepPrevious", {}, { keepPrevious: 1 }, "plan"],
  ["adopt", {}, { adopt: digest("9") }, "keys"],
  ["adopt", { adopt: digest("9") }, { adopt: digest("8") }, "plan"],
];

/** Fields that become part of the user-data, and the text that each must add. */
const certificate = "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----";
const configuration = {
  palette: {
    endpoint: "palette.example.com",
    edgeHostToken: "the-token",
    registrationUrl: "https://register.example.com",
    projectName: "the-project",
    projectUid: "the-uid",
    managementMode: "local",
    caCerts: [certificate],
    insecureSkipVerify: true,
    tags: { place: "the-tag" },
    httpProxy: "http://proxy.example.com",
    httpsProxy: "http://secure-proxy.example.com",
    noProxy: "internal.example.com",
    debug: true,
  },
  users: [
    { name: "ada", passwordHash: "$6$salt$the-hash", groups: ["the-group"] },
    { name: "eve", password: "the-password", sshAuthorizedKeys: [publicKey] },
  ],
};
const configured: readonly (readonly [string, () => unknown])[] = [
  ...Object.entries(configuration.palette).map(
    ([key, value]) =>
      [`palette.${key}`, () => (typeof value === "boolean" ? { [key]: value } : value)] as const,
  ),
  ["users.name", () => "ada"],
  ["users.passwordHash", () => "$6$salt$the-hash"],
  ["users.groups", () => "the-group"],
  ["users.password", () => hashPassword("eve", "the-password")],
  ["users.sshAuthorizedKeys", () => publicKey],
];

/** Fields whose effect is shown by their own test, below or elsewhere. */
const shownElsewhere = [
  "installer.path",
  "installer.checksumUrl",
  "palette.registration",
  "formats.contentBundles.path",
  "formats.contentBundles.sha256",
  "publishTo.region",
  "publishTo.profile",
  "publishTo.pathStyle",
  "publishTo.sse",
  "publishTo.kmsKeyId",
  "publishTo.storageClass",
  "publishTo.tags",
  "publishTo.cacheControl",
  "publishTo.checksums",
  "publishTo.partSize",
  "publishTo.accessKeyId",
  "publishTo.secretAccessKey",
  "publishTo.sessionToken",
  // test/real/targets/http/*.test.ts
  "publishTo.headers",
  "publishTo.headersFile",
  // test/unit/targets/public-url.test.ts
  "publishTo.publicUrl",
  "publishTo.createFolders",
  // test/real/targets/oci/*.test.ts
  "publishTo.tag",
  "publishTo.plainHttp",
  "publishTo.caFile",
  "publishTo.username",
  "publishTo.password",
  "publishTo.mediaType",
  // test/real/targets/vsphere/*.test.ts
  "publishTo.credentialsFile",
  "publishTo.thumbprint",
  // test/real/targets/cdi/*.test.ts
  "publishTo.uploadProxy",
  "publishTo.uploadProxyCaFile",
  "publishTo.accessModes",
  "publishTo.volumeMode",
  "publishTo.size",
  "recipe",
  "singleHost",
  // There is only one build host, so nothing can depend on it; the contract tests use `agent`.
  "buildHost.type",
  "buildHost.agent",
];

describe("fields of the spec", () => {
  beforeEach(prepare);
  afterEach(finish);

  for (const [field, before, after, effect] of rows) {
    it(`${field} decides a part of the ${effect}`, async () => {
      const [one, two] = [
        await effects({ ...good, ...before }),
        await effects({ ...good, ...before, ...after }),
      ];
      assert.notDeepEqual(two[effect], one[effect]);
    });
  }

  it("of Palette and users stand in the user-data, each of them", async () => {
    const text = JSON.stringify((await effects({ ...good, ...configuration })).userData);
    for (const [field, expected] of configured) {
      const wanted = JSON.stringify(expected()).replace(/^[[{](.*)[\]}]$/s, "$1");
      assert.ok(text.includes(wanted), `${field} is not in ${text}`);
    }
  });

  it("installer.path is the source of the installer, below the project's root", () => {
    const spec = requireImageSpec({ ...good, installer: { path: "iso/a.iso", ...pin } });
    const resolved = { recipe: "1", userDataDigest: digest("a"), installer: pin };
    const context = {
      name: "e",
      owner: "o",
      instance: "i",
      rootDirectory: "/project",
      cacheDirectory: "/c",
    };
    const { plan } = buildRequest(spec, { resolved, userData: {}, warnings: [] }, context);
    assert.deepEqual(plan.installer.source, { type: "path", path: "/project/iso/a.iso" });
  });

  it("installer.checksumUrl pins the installer", async () => {
    const installer = { url: "https://h/a.iso", checksumUrl: server.url };
    assert.equal((await effects({ ...good, installer })).plan.installer.sha256, digest("e"));
  });

  it("singleHost allows a fixed site name, which is refused without it", async () => {
    const userData = { stylus: { site: { name: "one", edgeHostToken: "t" } } };
    await assert.rejects(effects({ ...good, userData }), /singleHost: true/);
    await effects({ ...good, userData, singleHost: true });
  });

  it("formats.contentBundles are pinned by their files, or refused where those have another hash", async () => {
    const path = join(folder(), "content.tar.zst");
    await writeFile(path, "content");
    const sha256 = createHash("sha256").update("content").digest("hex");
    const withBundles = (contentBundles: unknown) =>
      effects({ ...good, formats: [{ type: "iso", contentBundles }] });
    const { plan } = await withBundles([path]);
    assert.ok(plan.formats[0]?.type === "iso");
    assert.deepEqual(plan.formats[0].contentBundles, [{ path, sha256 }]);
    const wrong = withBundles([{ path, sha256: digest("0") }]);
    await assert.rejects(wrong, /formats\[0\]\.contentBundles\[0\]: has the SHA-256/);
  });

  it("are all in one of these tables", () => {
    const shown = new Set([...rows, ...configured].map(([field]) => field).concat(shownElsewhere));
    const fields = [...new Set(fieldsOf(imageSpecSchema, ""))];
    assert.ok(fields.length > 50, fields.join());
    assert.deepEqual(
      fields.filter((field) => !shown.has(field)),
      [],
    );
    assert.deepEqual(
      [...shown].filter((field) => !fields.includes(field)),
      [],
    );
  });
});

describe("fields of an S3 target", () => {
  beforeEach(prepare);
  afterEach(finish);

  const specOf = (more: object) =>
    requireImageSpec({ ...good, publishTo: [{ ...s3, ...more }] }).publishTo[0] as S3TargetSpec;
  const configOf = (more: object) =>
    connectS3(specOf(more)).raw(async (_sdk, { config }) => ({
      region: await config.region(),
      pathStyle: config.forcePathStyle,
      checksums: await config.requestChecksumCalculation(),
      credentials: config.credentials,
    }));

  it("region is the client's", async () => {
    assert.equal((await configOf({ region: "eu-central-1" })).region, "eu-central-1");
    assert.match(s3Url(specOf({}), "k", "eu-central-1"), /eu-central-1/);
  });
  it("profile is where the client looks for what is not said", async () => {
    const file = join(folder(), "config");
    await writeFile(file, "[profile other]\nregion = eu-north-1\n");
    const before = { ...process.env };
    for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION"])
      Reflect.deleteProperty(process.env, name);
    process.env["AWS_CONFIG_FILE"] = file;
    try {
      assert.equal((await configOf({ profile: "other" })).region, "eu-north-1");
    } finally {
      process.env = before;
    }
  });
  it("checksums say when the client computes some", async () => {
    const region = { region: "r" };
    assert.equal((await configOf(region)).checksums, "WHEN_SUPPORTED");
    const required = { ...region, checksums: "required-only" };
    assert.equal((await configOf(required)).checksums, "WHEN_REQUIRED");
  });
  it("literal credentials are the client's, with the session's token", async () => {
    const keys = { accessKeyId: "AKIA", secretAccessKey: "secret", sessionToken: "session" };
    const { accessKeyId, secretAccessKey, sessionToken } = await (
      await configOf({ ...keys, region: "r" })
    ).credentials();
    assert.deepEqual({ accessKeyId, secretAccessKey, sessionToken }, keys);
  });
  it("pathStyle wins over what the endpoint would have", async () => {
    const endpoint = "https://m:9000";
    assert.equal((await configOf({ endpoint })).pathStyle, true);
    assert.equal((await configOf({ endpoint, pathStyle: false })).pathStyle, false);
    assert.equal(usesPathStyle(specOf({ pathStyle: true })), true);
    assert.equal(usesPathStyle(specOf({})), false);
  });
  for (const [given, expected] of [
    [{}, {}],
    [{ sse: "AES256" }, { ServerSideEncryption: "AES256" }],
    [{ kmsKeyId: "k" }, { ServerSideEncryption: "aws:kms", SSEKMSKeyId: "k" }],
  ] as const) {
    it(`asks for the encryption ${JSON.stringify(given)}`, () =>
      assert.deepEqual(encryptionOf(specOf(given)), expected));
  }
  for (const [given, expected] of [
    [{}, {}],
    [{ tags: {} }, {}],
    [
      { tags: { team: "edge + core", "cost/centre": "" } },
      { Tagging: "team=edge%20%2B%20core&cost%2Fcentre=" },
    ],
  ] as const) {
    it(`gives what it writes the tags ${JSON.stringify(given)}`, () =>
      assert.deepEqual(storageOf(specOf(given)), expected));
  }
  for (const [given, expected] of [
    [{}, { CacheControl: "max-age=31536000, immutable" }],
    [{ cacheControl: "no-cache" }, { CacheControl: "no-cache" }],
    [{ cacheControl: "" }, {}],
    [{ cacheControl: "", storageClass: "GLACIER_IR" }, { StorageClass: "GLACIER_IR" }],
  ] as const) {
    it(`gives artifacts the headers of ${JSON.stringify(given)}`, () =>
      assert.deepEqual(artifactHeadersOf(specOf(given)), expected));
  }
  it("partSize is the size of parts", () => {
    assert.equal(partSizeFor(GiB, specOf({ partSize: "16MiB" }).partSize), 16 * 1024 * 1024);
  });
});
