import { targetId } from "../../../provider/schema/targets/identity";
import assert from "node:assert/strict";
import {
  keysOf,
  makePlan,
  destinationsOf,
  withoutQuery,
  type PlanContext,
} from "../../../provider/plan/make-plan";
import { planSchema } from "../../../provider/plan/plan";
import { openTarget } from "../../../provider/targets/open-target";
import { requireImageSpec } from "../../../provider/schema/parse";

const digest = (letter: string) => letter.repeat(64);
const good = {
  installer: { url: "https://h/a.iso", sha256: digest("c") },
  publishTo: [{ type: "directory", path: "images" }],
};
const context = { recipe: "1", installer: { sha256: digest("c") }, userDataDigest: digest("a") };
const planContext: PlanContext = { ...context, name: "edge", owner: "cli", instance: "i" };
const specOf = (change: object = {}) => requireImageSpec({ ...good, ...change });
const keyOf = (change: object = {}, over: object = {}) =>
  keysOf(specOf(change), { ...context, ...over }).installKey;

describe("keysOf: the install key", () => {
  const deciding: readonly (readonly [string, object])[] = [
    ["machine.firmware", { machine: { firmware: "uefi" } }],
    ["machine.secureBoot", { machine: { firmware: "uefi", secureBoot: true } }],
    ["machine.network", { machine: { network: "user" } }],
    ["machine.diskSize", { machine: { diskSize: "40GiB" } }],
    ["triggers", { triggers: ["2"] }],
  ];
  for (const [field, change] of deciding) {
    it(`changes with ${field}`, () => assert.notEqual(keyOf(change), keyOf()));
  }
  it("differs between UEFI with and without Secure Boot", () => {
    const keys = [false, true].map((secureBoot) =>
      keyOf({ machine: { firmware: "uefi", secureBoot } }),
    );
    assert.notEqual(keys[0], keys[1]);
  });
  for (const [member, over] of [
    ["the recipe", { recipe: "2" }],
    ["the merged user-data", { userDataDigest: digest("b") }],
    ["the installer's hash", { installer: { sha256: digest("d") } }],
  ] as const) {
    it(`changes with ${member}`, () => assert.notEqual(keyOf({}, over), keyOf()));
  }

  const secrets = { accessKeyId: "AKIA", secretAccessKey: "s" };
  const indifferent: readonly (readonly [string, object])[] = [
    ["machine.cpus", { machine: { cpus: 2 } }],
    ["machine.memory", { machine: { memory: "2GiB" } }],
    ["machine.accelerator", { machine: { accelerator: "tcg" } }],
    ["a disk size that rounds to the same", { machine: { diskSize: "99.5GiB" } }],
    ["formats", { formats: ["raw"] }],
    ["a format's options", { formats: [{ type: "qcow2", compression: "zstd" }] }],
    ["targets", { publishTo: [{ type: "s3", bucket: "b", ...secrets }] }],
    ["the installer's URL", { installer: { url: "https://other/b.iso", sha256: digest("c") } }],
    ["the installer's path", { installer: { path: "/b.iso" } }],
    ["the installer's headers", { installer: { ...good.installer, headers: { a: "b" } } }],
    ["the installer's kind", { installer: { ...good.installer, kind: "kairos" } }],
    ["verify", { verify: { boot: false, expect: "x" } }],
    [
      "timeouts",
      { timeouts: { install: 1, fetch: 1, stall: 1, verify: 1, convert: 1, publish: 1 } },
    ],
    ["recipe: latest", { recipe: "latest" }],
  ];
  for (const [field, change] of indifferent) {
    it(`does not change with ${field}`, () => assert.equal(keyOf(change), keyOf()));
  }
});

describe("keysOf: the request key", () => {
  const validator = 'etag "1"; length 5';
  const requestOf = (change: object, over: object = {}) =>
    keysOf(specOf(change), { ...context, installer: { validator }, ...over });

  it("is the only key if only the validator is known", () => {
    const keys = requestOf({});
    assert.equal(keys.installKey, undefined);
    assert.match(keys.requestKey ?? "", /^[0-9a-f]{64}$/);
  });
  it("is given beside the install key if both are known", () => {
    const keys = requestOf({}, { installer: { validator, sha256: digest("c") } });
    assert.equal(keys.installKey, keyOf());
    assert.equal(keys.requestKey, requestOf({}).requestKey);
  });
  it("is absent for a path, which has no validator", () => {
    assert.deepEqual(requestOf({ installer: { path: "/a" } }), {});
  });
  it("does not depend on the query and the credentials of the URL", () => {
    const plain = requestOf({ installer: { url: "https://h/a.iso" } }).requestKey;
    const presigned = { installer: { url: "https://me:pw@h/a.iso?X-Amz-Signature=1#f" } };
    assert.equal(requestOf(presigned).requestKey, plain);
  });
  it("changes with the URL's path", () => {
    const keys = ["a", "b"].map(
      (it) => requestOf({ installer: { url: `https://h/${it}.iso` } }).requestKey,
    );
    assert.notEqual(keys[0], keys[1]);
  });
  it("changes with the validator", () => {
    const other = requestOf({}, { installer: { validator: 'etag "2"' } }).requestKey;
    assert.notEqual(other, requestOf({}).requestKey);
  });
});

describe("makePlan", () => {
  it("is complete, and the agent's schema reads it back unchanged", () => {
    const plan = makePlan(specOf({ triggers: [{ a: 1 }], verify: { expect: "x" } }), planContext);
    assert.deepEqual(planSchema.parse(JSON.parse(JSON.stringify(plan))), plan);
  });
  it("contains no secret", () => {
    const secret = "s3cr3t";
    const spec = specOf({
      installer: { url: `https://me:${secret}@h/a.iso?sig=${secret}`, headers: { a: secret } },
      palette: { endpoint: "h", edgeHostToken: secret },
      users: [{ name: "ada", password: secret }],
      userData: { write_files: [{ content: secret }] },
      publishTo: [
        {
          type: "s3",
          bucket: "b",
          accessKeyId: secret,
          secretAccessKey: secret,
          sessionToken: secret,
        },
        { type: "s3", bucket: "c", endpoint: `https://me:${secret}@minio:9000` },
      ],
    });
    assert.doesNotMatch(JSON.stringify(makePlan(spec, planContext)), new RegExp(secret));
  });
  it("names a file by its path", () => {
    const { installer } = makePlan(specOf({ installer: "/a.iso" }), planContext);
    assert.deepEqual(installer.source, { type: "path", path: "/a.iso" });
  });
  it("omits unknown values", () => {
    const plan = makePlan(specOf(), { ...planContext, installer: {} });
    for (const key of ["installKey", "requestKey", "existing"]) assert.equal(key in plan, false);
    assert.deepEqual(Object.keys(plan.installer).sort(), ["kind", "source"]);
  });
});

describe("destinationsOf", () => {
  const a = { type: "directory", path: "a" };
  const cases: readonly (readonly [string, object, readonly (readonly [string, string])[]])[] = [
    [
      "is every format at every target",
      { formats: ["raw", "qcow2"], publishTo: [a, { ...a, path: "b" }] },
      [
        ["raw", "a"],
        ["qcow2", "a"],
        ["raw", "b"],
        ["qcow2", "b"],
      ],
    ],
    [
      "is only the formats that a target names",
      {
        formats: ["raw", "qcow2"],
        publishTo: [
          { ...a, formats: ["qcow2"] },
          { ...a, path: "b" },
        ],
      },
      [
        ["qcow2", "a"],
        ["raw", "b"],
        ["qcow2", "b"],
      ],
    ],
    [
      "follows the order of `formats`, not of the target's list",
      { formats: ["raw", "qcow2"], publishTo: [{ ...a, formats: ["qcow2", "raw"] }] },
      [
        ["raw", "a"],
        ["qcow2", "a"],
      ],
    ],
  ];
  for (const [rule, change, places] of cases) {
    it(rule, () => {
      assert.deepEqual(
        destinationsOf(specOf(change)),
        places.map(([format, path]) => ({ format, target: `directory:${path}` })),
      );
    });
  }
});

describe("an adopted image", () => {
  const adopt = digest("9");

  it("has the given key, whatever the other inputs are", () => {
    for (const change of [{}, { machine: { firmware: "uefi" } }, { installer: undefined }]) {
      assert.deepEqual(keysOf(specOf({ ...change, adopt }), context), { installKey: adopt });
    }
  });

  it("has no installer in its plan, even if one is given", () => {
    const plan = makePlan(specOf({ adopt }), { ...planContext, installer: {} });
    assert.deepEqual(plan.installer, { source: { type: "none" }, kind: "auto" });
    assert.equal(plan.installKey, adopt);
    assert.deepEqual(planSchema.parse(plan), plan);
  });
});

describe("targetId", () => {
  const directory = (path: string) => ({ type: "directory", path }) as const;
  const s3 = (rest: object) => ({ type: "s3", bucket: "b", ...rest });
  const vsphere = (rest: object) => ({
    type: "vsphere",
    server: "VC:8443",
    ...rest,
  });
  const ids: readonly (readonly [object, string])[] = [
    [directory("images"), "directory:images"],
    [directory("./images/"), "directory:images"],
    [directory("a/../b//c"), "directory:b/c"],
    [directory("/"), "directory:/"],
    [directory("."), "directory:."],
    [s3({}), "s3://b"],
    [s3({ prefix: "/p/q/" }), "s3://b/p/q"],
    [s3({ endpoint: "https://minio:9000/" }), "s3://b (https://minio:9000)"],
    [s3({ endpoint: "https://MINIO:443" }), "s3://b (https://minio)"],
    [s3({ endpoint: "http://me:pw@minio:9000/base/" }), "s3://b (http://minio:9000/base)"],
    [s3({ accessKeyId: "AKIA", secretAccessKey: "s", region: "r", profile: "p" }), "s3://b"],
    [{ type: "http", url: "https://h/a//" }, "https://h/a"],
    [{ type: "http", url: "HTTPS://H:443/A b/" }, "https://h/A%20b"],
    [{ type: "http", url: "http://h:8080" }, "http://h:8080"],
    [{ type: "oci", repository: "h:5000/a/b" }, "oci://h:5000/a/b"],
    [
      { type: "oci", repository: "h.x/a", plainHttp: true, tag: "t", username: "u", password: "p" },
      "oci://h.x/a",
    ],
    [vsphere({ datastore: "Fast 1" }), "vsphere://vc:8443/datastore/Fast%201"],
    [
      vsphere({
        datacenter: "/Europe/DC0",
        datastore: "d",
        folder: "/a/b/",
        username: "u",
        password: "p",
      }),
      "vsphere://vc:8443/Europe/DC0/datastore/d/a/b",
    ],
    [vsphere({ library: "Edge images" }), "vsphere://vc:8443/library/Edge%20images"],
  ];
  for (const [given, id] of ids) {
    it(`is ${id} for ${JSON.stringify(given)}`, () => {
      const [target] = specOf({ formats: ["ova"], publishTo: [given] }).publishTo;
      assert.ok(target !== undefined);
      assert.equal(targetId(target), id);
      // A publication with another target ID than the plan is never found again.
      assert.equal(openTarget(target, { rootDirectory: "/", cacheDirectory: "/" }).id, id);
    });
  }
});

describe("withoutQuery", () => {
  for (const [given, left] of [
    ["https://h/a.iso", "https://h/a.iso"],
    ["https://h/a.iso?X-Amz-Signature=1&b=2", "https://h/a.iso"],
    ["https://h/a.iso#part", "https://h/a.iso"],
    ["https://me:pw@h:8443/a.iso?x", "https://h:8443/a.iso"],
    ["HTTPS://H:443/a%20b.iso", "https://h/a%20b.iso"],
  ] as const) {
    it(`leaves ${left} of ${given}`, () => assert.equal(withoutQuery(given), left));
  }
});
