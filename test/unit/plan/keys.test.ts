import assert from "node:assert/strict";
import {
  artifactKey,
  artifactName,
  imageId,
  installKey,
  isPublicationOf,
  requestKey,
  type InstallIdentity,
} from "../../../provider/plan/keys";
import { formatSchema } from "../../../provider/schema/formats";
import type { Publication } from "../../../provider/schema/state";

const digest = (letter: string) => letter.repeat(64);
const identity: InstallIdentity = {
  recipe: "1",
  userDataDigest: digest("a"),
  firmware: "bios",
  secureBoot: false,
  network: "isolated",
  diskSize: 100,
  triggers: [],
};
const changes: readonly (readonly [string, Partial<InstallIdentity>])[] = [
  ["recipe", { recipe: "2" }],
  ["user-data", { userDataDigest: digest("b") }],
  ["firmware", { firmware: "uefi" }],
  ["Secure Boot", { secureBoot: true }],
  ["network mode", { network: "user" }],
  ["disk size", { diskSize: 101 }],
  ["triggers", { triggers: ["1"] }],
  ["triggers' types", { triggers: [1] }],
  ["triggers' order", { triggers: [1, "1"] }],
];

describe("installKey", () => {
  const key = installKey(identity, digest("c"));

  it("is a SHA-256", () => assert.match(key, /^[0-9a-f]{64}$/));

  // Records and names of published images contain this key: it must never change.
  it("is the same in every version of this package", () => {
    assert.equal(key, "7d3a13369a156745fcd11e50f5819b009ea3d7d517824a7e175359dab47e23f2");
  });

  it("is different for every change", () => {
    const keys = changes.map(([, change]) => installKey({ ...identity, ...change }, digest("c")));
    assert.equal(new Set([key, ...keys]).size, changes.length + 1);
  });

  for (const [name, change] of changes) {
    it(`changes with the ${name}`, () => {
      assert.notEqual(installKey({ ...identity, ...change }, digest("c")), key);
    });
  }

  it("changes with the installer", () => assert.notEqual(installKey(identity, digest("d")), key));

  it("does not change with the order of keys in a trigger", () => {
    const one = installKey({ ...identity, triggers: [{ a: 1, b: 2 }] }, digest("c"));
    assert.equal(installKey({ ...identity, triggers: [{ b: 2, a: 1 }] }, digest("c")), one);
  });

  it("ignores other properties of the object", () => {
    const more = {
      ...identity,
      cpus: 4,
      memory: 8,
      accelerator: "kvm",
      formats: ["raw"],
      name: "x",
    };
    assert.equal(installKey(more, digest("c")), key);
  });
});

describe("requestKey", () => {
  const installer = { url: "https://h/a.iso", validator: 'etag "1"' };
  const key = requestKey(identity, installer);

  it("is the same in every version of this package", () => {
    assert.equal(key, "6ebac9825cd4dfb2b89b86edfc66e65c3c47eb87827624c6d62f3d4562fddf17");
  });

  for (const [name, change] of changes) {
    it(`changes with the ${name}`, () => {
      assert.notEqual(requestKey({ ...identity, ...change }, installer), key);
    });
  }

  it("changes with the validator", () =>
    assert.notEqual(requestKey(identity, { ...installer, validator: 'etag "2"' }), key));
  it("changes with the URL", () =>
    assert.notEqual(requestKey(identity, { ...installer, url: "https://h/b.iso" }), key));
  it("is never an install key", () => assert.notEqual(installKey(identity, 'etag "1"'), key));
});

describe("artifactKey", () => {
  const of = (letter: string) => ({ installKey: digest("1"), contentDigest: digest(letter) });
  const qcow2 = { type: "qcow2", compression: "zlib" } as const;
  const key = artifactKey(of("e"), qcow2, "qemu-img 7.2");

  it("is the same in every version of this package", () => {
    assert.equal(key, "98d560dc9123e4a1193868d5f1119d742da2c5b2891d181ceff824ec04f651a9");
  });
  for (const [name, other] of [
    ["content", artifactKey(of("f"), qcow2, "qemu-img 7.2")],
    ["format", artifactKey(of("e"), { type: "raw" }, "qemu-img 7.2")],
    ["options", artifactKey(of("e"), { ...qcow2, compression: "zstd" }, "qemu-img 7.2")],
    ["encoder", artifactKey(of("e"), qcow2, "qemu-img 8.0")],
  ] as const) {
    it(`changes with the ${name}`, () => assert.notEqual(other, key));
  }

  it("of an ISO depends on the installer and the user-data, not on the install", () => {
    const iso = formatSchema.parse("iso");
    const bare = artifactKey({ installKey: digest("1") }, iso, "xorriso 1.5.4");
    assert.equal(artifactKey(of("e"), iso, "xorriso 1.5.4"), bare);
    assert.notEqual(artifactKey({ installKey: digest("2") }, iso, "xorriso 1.5.4"), bare);
  });
  it("of an ISO changes with its options, and with the content of a bundle but not its folder", () => {
    const keyOf = (options: object): string =>
      artifactKey(of("e"), formatSchema.parse({ type: "iso", ...options }), "xorriso 1.5.4");
    const bundle = (path: string, letter: string) => ({
      contentBundles: [{ path, sha256: digest(letter) }],
    });
    const keys = [
      keyOf({}),
      keyOf({ afterInstall: "reboot" }),
      keyOf({ eject: false }),
      keyOf({ device: "/dev/sda" }),
      keyOf(bundle("a.tar.zst", "b")),
      keyOf(bundle("a.tar.zst", "c")),
      keyOf(bundle("b.tar.zst", "c")),
    ];
    assert.equal(new Set(keys).size, keys.length);
    assert.equal(keyOf(bundle("x/a.tar.zst", "b")), keyOf(bundle("a.tar.zst", "b")));
  });
  it("of an image that was never installed matches no disk", () => {
    const { installKey: only } = of("e");
    assert.equal(isPublicationOf(publication, { installKey: only }, qcow2), false);
  });

  const publication: Publication = {
    format: "qcow2",
    target: "directory:x",
    uri: "file:///x",
    url: "file:///x",
    sizeBytes: 1,
    mediaType: "m",
    artifactKey: key,
    encoder: "qemu-img 7.2",
  };
  it("matches a publication of the same content with any encoder", () => {
    assert.equal(isPublicationOf(publication, of("e"), qcow2), true);
  });
  it("does not match a publication of other content or with other options", () => {
    assert.equal(isPublicationOf(publication, of("f"), qcow2), false);
    assert.equal(isPublicationOf(publication, of("e"), { ...qcow2, compression: "none" }), false);
  });
  it("does not match a publication whose encoder is not the one in its key", () => {
    const other = { ...publication, encoder: "qemu-img 8.0" };
    assert.equal(isPublicationOf(other, of("e"), qcow2), false);
  });
});

describe("names", () => {
  const install = "0123456789abcdef".repeat(4);
  const artifact = "fedcba9876543210".repeat(4);

  it("are the image's name and twelve digits of the keys", () => {
    assert.equal(imageId("edge", install), "edge-0123456789ab");
    for (const [format, extension] of [
      [{ type: "raw" }, "raw"],
      [{ type: "qcow2", compression: "zstd" }, "qcow2"],
    ] as const) {
      assert.equal(
        artifactName("edge", install, artifact, format),
        `edge-0123456789ab/edge-fedcba987654.${extension}`,
      );
    }
  });

  it("fit a DNS label (63 characters) with a name of 50; a longer name is not cut", () => {
    assert.equal(imageId("e".repeat(50), install).length, 63);
  });
});
