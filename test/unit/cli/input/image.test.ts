import assert from "node:assert/strict";
import { resolve } from "node:path";
import { imageInput } from "../../../../provider/cli/input/image";
import { nameFrom } from "../../../../provider/cli/input/image-name";
import type { OptionFiles } from "../../../../provider/cli/input/option-files";
import { imageOptions, type ImageOptions } from "../../../../provider/cli/options/image";
import { longestImageName } from "../../../../provider/schema/names";
import { requireImageSpec } from "../../../../provider/schema/parse";
import { GiB } from "../../../../provider/base/size";
import { parseOptions } from "../parse-options";

const noFiles: OptionFiles = { sshKeys: [], headers: [], targetHeaders: [] };

function read(line: string, files: Partial<OptionFiles> = {}) {
  const options = parseOptions(imageOptions(), line.split(" ")).opts<ImageOptions>();
  return imageInput(options, { ...noFiles, ...files });
}

function specOf(line: string, files: Partial<OptionFiles> = {}) {
  const { input, problems } = read(`--installer a.iso ${line}`.trim(), files);
  assert.deepEqual(problems, []);
  return requireImageSpec(input);
}

describe("imageInput", () => {
  it("leaves every default to the schema of the resource", () => {
    const plain = requireImageSpec({
      installer: { path: "a.iso" },
      publishTo: [{ type: "directory", path: resolve("images") }],
    });
    assert.equal(JSON.stringify(specOf("")), JSON.stringify(plain));
  });

  const properties: readonly (readonly [
    string,
    (spec: ReturnType<typeof specOf>) => unknown,
    unknown,
  ])[] = [
    ["--sha256 " + "A".repeat(64), (spec) => spec.installer?.sha256, "a".repeat(64)],
    ["--kind generic", (spec) => spec.installer?.kind, "generic"],
    ["--firmware uefi", (spec) => spec.machine.firmware, "uefi"],
    ["--firmware uefi --secure-boot", (spec) => spec.machine.secureBoot, true],
    ["--disk-size 40GiB", (spec) => spec.machine.diskSize, 40 * GiB],
    ["--memory 2GiB", (spec) => spec.machine.memory, 2 * GiB],
    ["--cpus 3", (spec) => spec.machine.cpus, 3],
    ["--network user", (spec) => spec.machine.network, "user"],
    ["--accelerator tcg", (spec) => spec.machine.accelerator, "tcg"],
    ["--format raw", (spec) => spec.formats, [{ type: "raw" }]],
    [
      "--format raw,qcow2 --qcow2-compression zstd",
      (spec) => spec.formats,
      [{ type: "raw" }, { type: "qcow2", compression: "zstd" }],
    ],
    [
      "--format raw --format qcow2",
      (spec) => spec.formats,
      [{ type: "raw" }, { type: "qcow2", compression: "zlib" }],
    ],
    ["--qcow2-compression none", (spec) => spec.formats, [{ type: "qcow2", compression: "none" }]],
    [
      "--format raw --format-option raw.compression=gzip",
      (spec) => spec.formats,
      [{ type: "raw", compression: "gzip" }],
    ],
    [
      "--format ova,vmdk --format-option ova.cpus=4 --format-option ova.extraConfig.guestinfo.userdata=a=b --format-option ova.extraConfig.c=1",
      (spec) => spec.formats,
      [
        {
          type: "ova",
          hardwareVersion: 14,
          guestId: "other4xLinux64Guest",
          cpus: 4,
          memory: 8 * GiB,
          scsiType: "pvscsi",
          networkType: "vmxnet3",
          firmware: "bios",
          secureBoot: false,
          extraConfig: { "guestinfo.userdata": "a=b", c: "1" },
        },
        { type: "vmdk" },
      ],
    ],
    [
      "--format iso --format-option iso.contentBundles=a.zst --format-option iso.eject=false",
      (spec) => spec.formats,
      [
        {
          type: "iso",
          afterInstall: "poweroff",
          eject: false,
          device: "auto",
          contentBundles: [{ path: "a.zst" }],
        },
      ],
    ],
    [
      "--format iso --format-option iso.contentBundles=a.zst --format-option iso.contentBundles=b.zst",
      (spec) => spec.formats.flatMap((it) => (it.type === "iso" ? it.contentBundles : [])),
      [{ path: "a.zst" }, { path: "b.zst" }],
    ],
    ["--no-verify-boot", (spec) => spec.verify.boot, false],
    ["--verify-artifacts boot", (spec) => spec.verify.artifacts, "boot"],
    ["--expect ready", (spec) => spec.verify.expect, "ready"],
    ["--timeout install=90", (spec) => spec.timeouts.install, 90],
    ["--timeout install=1 --timeout stall=2.5", (spec) => spec.timeouts.stall, 2.5],
    ["--trigger one --trigger two", (spec) => spec.triggers, ["one", "two"]],
    ["--single-host", (spec) => spec.singleHost, true],
    ["--palette-endpoint p.example", (spec) => spec.palette?.endpoint, "p.example"],
    [
      "--palette-endpoint p --registration-url https://r",
      (spec) => spec.palette?.registrationUrl,
      "https://r",
    ],
    ["--palette-endpoint p --project-name x", (spec) => spec.palette?.projectName, "x"],
    ["--palette-endpoint p --register-on-site", (spec) => spec.palette?.registration, "site"],
  ];
  for (const [line, pick, expected] of properties) {
    it(`sets the property of the spec: ${line}`, () =>
      assert.deepEqual(pick(specOf(line)), expected));
  }

  it("takes secrets and texts from files only", () => {
    const spec = specOf("--palette-endpoint p --user admin --password-file f --user-data f", {
      password: "pw",
      edgeHostToken: "token",
      userData: "#cloud-config",
      sshKeys: ["ssh-ed25519 AAAA"],
    });
    assert.equal(spec.palette?.edgeHostToken, "token");
    assert.equal(spec.userData, "#cloud-config");
    const [user] = spec.users ?? [];
    assert.deepEqual(
      [user?.name, user?.password, user?.sshAuthorizedKeys],
      ["admin", "pw", ["ssh-ed25519 AAAA"]],
    );
  });

  it("distinguishes a URL from a path, and adds its headers and checksum file", () => {
    const line = "--installer https://host/x.iso --checksum-url https://host/SUMS";
    const { input } = read(line, { headers: ["Authorization: Bearer a:b"] });
    const { installer } = requireImageSpec(input);
    assert.equal(installer?.url, "https://host/x.iso");
    assert.equal(installer.checksumUrl, "https://host/SUMS");
    assert.deepEqual(installer.headers, { Authorization: "Bearer a:b" });
  });

  it("makes one target of each --to, with the S3 options for buckets", () => {
    const line =
      "--to out --to s3://b/p/q --to s3://c --s3-endpoint http://h:1 --s3-region r --s3-profile x --s3-path-style";
    const s3 = { endpoint: "http://h:1", region: "r", profile: "x", pathStyle: true };
    const targets: unknown = JSON.parse(
      JSON.stringify(read(`--installer a ${line}`).input["publishTo"]),
    );
    assert.deepEqual(targets, [
      { type: "directory", path: resolve("out") },
      { type: "s3", bucket: "b", prefix: "p/q", ...s3 },
      { type: "s3", bucket: "c", prefix: "", ...s3 },
    ]);
    assert.equal(specOf(line).publishTo.length, 3);
  });

  it("makes a web server target of an https:// address, with its headers", () => {
    const line = "--to HTTPS://host/images --to http://other:8080/a --to s3://b --to-header x";
    const { publishTo } = specOf(line, { targetHeaders: ["Authorization: Bearer a:b", "X: y"] });
    const more = { createFolders: true, headers: { Authorization: "Bearer a:b", X: "y" } };
    assert.deepEqual(publishTo.slice(0, 2), [
      { type: "http", url: "HTTPS://host/images", ...more },
      { type: "http", url: "http://other:8080/a", ...more },
    ]);
    assert.equal(publishTo[2]?.type, "s3");
    assert.equal(JSON.stringify(specOf("--to https://h").publishTo).includes("headers"), false);
  });

  it("makes a registry target of an oci:// address", () => {
    const line = "--to oci://h.x:5000/a/b --to oci://h.x/c --oci-plain-http";
    const { publishTo } = specOf(line);
    const more = { type: "oci", plainHttp: true };
    assert.deepEqual(publishTo, [
      { ...more, repository: "h.x:5000/a/b", tag: undefined },
      { ...more, repository: "h.x/c", tag: undefined },
    ]);
    const [tagged] = specOf("--to oci://h.x/a --oci-tag newest").publishTo;
    assert.deepEqual(tagged, { type: "oci", repository: "h.x/a", plainHttp: false, tag: "newest" });
  });

  it("makes a datastore or library target of a vsphere:// address, with its options", () => {
    const line =
      "--to vsphere://vc:8443/Europe/DC0/datastore/Fast%201/a/b --to vsphere://vc/datastore/d " +
      "--to VSPHERE://vc/library/Edge%20images --to out --format ova " +
      "--vsphere-thumbprint 00:11 --vsphere-ca-file ca.pem --vsphere-credentials-file c.json";
    const more = { thumbprint: "00:11", caFile: "ca.pem", credentialsFile: "c.json" };
    const targets: unknown = JSON.parse(
      JSON.stringify(read(`--installer a ${line}`).input["publishTo"]),
    );
    const fast = { datacenter: "Europe/DC0", datastore: "Fast 1", folder: "a/b" };
    assert.deepEqual(targets, [
      { type: "vsphere", server: "vc:8443", ...more, ...fast },
      { type: "vsphere", server: "vc", ...more, datastore: "d" },
      { type: "vsphere", server: "vc", ...more, library: "Edge images" },
      { type: "directory", path: resolve("out") },
    ]);
  });

  it("makes a CDI target of a cdi:// address, with its options", () => {
    const line =
      "--to cdi://images --to CDI:// --cdi-context edge --cdi-kubeconfig k.yaml " +
      "--cdi-upload-proxy https://u.x --cdi-upload-proxy-ca-file ca.pem --cdi-storage-class fast";
    const more = {
      context: "edge",
      kubeconfig: "k.yaml",
      uploadProxy: "https://u.x",
      uploadProxyCaFile: "ca.pem",
      storageClass: "fast",
    };
    const targets: unknown = JSON.parse(
      JSON.stringify(read(`--installer a ${line}`).input["publishTo"]),
    );
    assert.deepEqual(targets, [
      { type: "cdi", namespace: "images", ...more },
      { type: "cdi", ...more },
    ]);
  });

  it("adds the deployment of a library's OVA", () => {
    const [target] = specOf(
      "--format ova --to vsphere://vc/library/l --vsphere-deploy datacenter=DC0 " +
        "--vsphere-deploy cluster=C0 --vsphere-deploy datastore=d --vsphere-deploy network=n=1",
    ).publishTo;
    assert.partialDeepStrictEqual(target, {
      deploy: { datacenter: "DC0", folder: "", cluster: "C0", datastore: "d", network: "n=1" },
    });
  });

  const mistakes: readonly (readonly [string, string, Partial<OptionFiles>?])[] = [
    ["--name a/b", "--name"],
    ["--name .hidden", "--name"],
    [`--name ${"x".repeat(longestImageName + 1)}`, "--name"],
    ["--timeout install", "--timeout"],
    ["--timeout install=soon", "--timeout"],
    ["--s3-region r", "--to"],
    ["--vsphere-ca-file ca.pem", "--to"],
    ["--cdi-context edge --to images", "--to"],
    ["--vsphere-deploy datacenter=d --to vsphere://vc/datastore/d", "--to"],
    ["--vsphere-deploy datacenter --to vsphere://vc/library/l", "--vsphere-deploy"],
    ["--s3-path-style --to images", "--to"],
    ["--format raw --qcow2-compression zstd", "--qcow2-compression"],
    ["--password-file f", "--user"],
    ["--ssh-key-file f", "--user"],
    ["--header x", "--header", { headers: ["no colon"] }],
    ["--to https://h --to-header x", "--to-header", { targetHeaders: ["no colon"] }],
    ["--to images --oci-tag x", "--to"],
    ["--to images --oci-plain-http", "--to"],
    ["--to images --to-header x", "--to", { targetHeaders: ["a: b"] }],
  ];
  for (const [line, option, files] of mistakes) {
    it(`reports a problem of the command line: ${line}`, () => {
      const { problems } = read(`--installer a.iso ${line}`, files);
      assert.deepEqual(
        problems.map(({ path }) => path),
        [option],
      );
    });
  }

  it("never prints a malformed header, which may be a token", () => {
    const headers = ["s3cr3t"];
    const { problems } = read("--installer a.iso", { headers, targetHeaders: headers });
    assert.equal(problems.length, 2);
    assert.ok(!JSON.stringify(problems).includes("s3cr3t"));
  });

  const names: readonly (readonly [string, string])[] = [
    ["installer.iso", "installer"],
    ["/data/Palette Edge-4.5.1.ISO", "palette-edge-4.5.1"],
    ["https://host/a/b_c.iso?token=secret#x", "b-c"],
    ["https://host/.iso", "image"],
    ["../...", "image"],
    ["x".repeat(90) + ".iso", "x".repeat(40)],
  ];
  for (const [installer, name] of names) {
    it(`names an image after its installer: ${installer}`, () => {
      assert.equal(nameFrom(installer), name);
      assert.deepEqual(read(`--installer ${installer.replaceAll(" ", "_")}`).problems, []);
    });
  }
});
