import assert from "node:assert/strict";
import { destinationsOf } from "../../../../provider/plan/make-plan";
import { parseImageSpec, requireImageSpec } from "../../../../provider/schema/parse";

const server = "vcenter.example.com";
const input = (target: object, formats: readonly string[] = ["ova"]) => ({
  installer: "a.iso",
  formats,
  publishTo: [{ type: "vsphere", server, ...target }],
});
const datastore = { datastore: "d" };
const library = { library: "l" };

describe("a vsphere target", () => {
  const all = ["raw", "qcow2", "vmdk", "ova", "vhd", "gce", "containerdisk", "iso"];
  for (const [name, target, taken] of [
    ["a datastore accepts disks, templates and CDs", datastore, ["vmdk", "ova", "iso"]],
    ["a library takes templates and CDs", library, ["ova", "iso"]],
    [
      "a datastore also takes what it is told to keep",
      { ...datastore, formats: ["raw", "qcow2"] },
      ["raw", "qcow2"],
    ],
  ] as const) {
    it(`${name}, of all formats`, () => {
      const spec = requireImageSpec({ ...input(target, all), machine: { diskSize: "20GiB" } });
      assert.deepEqual(
        destinationsOf(spec).map(({ format }) => format),
        taken,
      );
    });
  }

  it("accepts the thumbprint in every usual spelling", () => {
    const sha1 = "AA".repeat(20);
    for (const thumbprint of [sha1, "aa:".repeat(20).slice(0, -1), `SHA1:${sha1}`]) {
      const { publishTo } = requireImageSpec(input({ ...datastore, thumbprint }));
      assert.partialDeepStrictEqual(publishTo[0], { thumbprint: "aa".repeat(20) });
    }
    const thumbprint = `sha256=${"0b".repeat(32)}`;
    const { publishTo } = requireImageSpec(input({ ...datastore, thumbprint }));
    assert.partialDeepStrictEqual(publishTo[0], { thumbprint: "0b".repeat(32) });
  });

  it("is one target under one name, however its server is written", () => {
    const one = { type: "vsphere", server: "VCENTER.example.com", datastore: "d", folder: "/a/" };
    const other = { type: "vsphere", server, datastore: "d", folder: "a" };
    const parsed = parseImageSpec({ installer: "a", formats: ["ova"], publishTo: [one, other] });
    assert.match(JSON.stringify(parsed), /publishTo\[1\].*repeats a target/);
  });

  const deploy = { datacenter: "/DC0/", cluster: "C0", datastore: "d", network: "n" };

  it("accepts locations by name and by inventory path", () => {
    const paths = {
      ...deploy,
      folder: "/DC0/vm/Templates/Edge/",
      cluster: "/DC0/host/C0",
      datastore: "/DC0/datastore/Fast/d",
      network: "/DC0/network/n",
    };
    const names = { ...deploy, folder: "Templates/Edge", datastore: "Fast/d" };
    const [one, other] = [paths, names].map(
      (written) => requireImageSpec(input({ ...library, deploy: written })).publishTo[0],
    );
    assert.deepEqual(one, other);
    assert.partialDeepStrictEqual(one, {
      deploy: {
        datacenter: "DC0",
        folder: "Templates/Edge",
        cluster: "C0",
        provisioning: "thin",
      },
    });
    assert.deepEqual(
      requireImageSpec(input(one ?? {})).publishTo[0],
      one,
      "read from outputs again",
    );
  });

  type Mistake = readonly [string, object, string, RegExp, (readonly string[])?];
  const mistakes: readonly Mistake[] = [
    ["neither datastore nor library", {}, "publishTo[0]", /exactly one of/],
    ["both", { ...datastore, ...library }, "publishTo[0]", /exactly one of/],
    [
      "a folder in a library",
      { ...library, folder: "f" },
      "publishTo[0].folder",
      /cannot be given with a `library`/,
    ],
    [
      "a library's datacenter",
      { ...library, datacenter: "d" },
      "publishTo[0].datacenter",
      /cannot be given with a `library`/,
    ],
    ["a URL", { ...datastore, server: "https://vc/sdk" }, "publishTo[0].server", /host name/],
    ["a user only", { ...datastore, username: "u" }, "publishTo[0].password", /is missing/],
    ["a password only", { ...datastore, password: "p" }, "publishTo[0].username", /is missing/],
    [
      "credentials twice",
      { ...datastore, username: "u", password: "p", credentialsFile: "f" },
      "publishTo[0].credentialsFile",
      /cannot be given with/,
    ],
    ["half a thumbprint", { ...datastore, thumbprint: "ab" }, "publishTo[0].thumbprint", /SHA-256/],
    [
      "trust twice",
      { ...datastore, thumbprint: "ab".repeat(32), caFile: "f" },
      "publishTo[0].caFile",
      /one certificate only/,
    ],
    [
      "a format that vSphere cannot use",
      { ...datastore, formats: ["gce"] },
      "publishTo[0].formats[0]",
      /"gce".*"vmdk", "ova" and "iso".*another target/,
      ["gce"],
    ],
    [
      "a disk in a library",
      { ...library, formats: ["vmdk"] },
      "publishTo[0].formats[0]",
      /"vmdk".*use "ova" or "iso", or a `datastore`/,
      ["vmdk"],
    ],
    ["a template of a datastore", { ...datastore, deploy }, "publishTo[0].deploy", /`library`/],
    [
      "a template of no OVA",
      { ...library, deploy, formats: ["iso"] },
      "publishTo[0].formats",
      /lacks "ova"/,
      ["iso"],
    ],
    [
      "a template of a format that is not made",
      { ...library, deploy },
      "publishTo[0].deploy",
      /add "ova"/,
      ["iso"],
    ],
    [
      "a template without a place",
      { ...library, deploy: { ...deploy, cluster: undefined } },
      "publishTo[0].deploy",
      /exactly one of `resourcePool`, `cluster` and `host`/,
    ],
    [
      "a template with two places",
      { ...library, deploy: { ...deploy, host: "h" } },
      "publishTo[0].deploy",
      /exactly one/,
    ],
    [
      "a place of another datacenter",
      { ...library, deploy: { ...deploy, folder: "/DC1/vm/t" } },
      "publishTo[0].deploy.folder",
      /is not below \/DC0\/vm/,
    ],
    [
      "a template's name that vCenter writes otherwise",
      { ...library, deploy: { ...deploy, name: "a/b" } },
      "publishTo[0].deploy.name",
      /letters, digits/,
    ],
    ["formats of which it can use none", library, "publishTo[0]", /none of `formats`/, ["qcow2"]],
  ];
  for (const [name, target, path, reason, formats] of mistakes) {
    it(`refuses ${name}`, () => {
      const parsed = parseImageSpec(input(target, formats));
      assert.ok(parsed.state === "invalid", "it is valid");
      const found = parsed.problems.find((it) => it.path === path);
      assert.ok(found, JSON.stringify(parsed.problems));
      assert.match(found.reason, reason);
    });
  }
});
