import assert from "node:assert/strict";
import {
  contentLibraryItemArgs,
  datastorePath,
  ovfDeployArgs,
  templateCloneArgs,
  templateOf,
} from "../../../../sdk";
import { inBucket, inFolder, inRegistry, outputsWith, sha256, type Refusal } from "./samples";

const userData = "#cloud-config\nhostname: site-17\n";
const encoded = Buffer.from(userData).toString("base64");
const image = outputsWith(inBucket("vmdk"), inRegistry("ova"), inBucket("ova"), inFolder("ova"));

describe("ovfDeployArgs", () => {
  it("sets all arguments that the provider would default otherwise", () =>
    assert.deepEqual(ovfDeployArgs(image), {
      ovfDeploy: { remoteOvfUrl: inBucket("ova").url },
      numCpus: 2,
      memory: 8192,
      firmware: "bios",
      efiSecureBootEnabled: false,
      guestId: "other5xLinux64Guest",
      scsiType: "pvscsi",
    }));

  it("uses the other options", () => {
    const deploy = {
      ovfNetworkMap: { "VM Network": "network-7" },
      diskProvisioning: "thin",
      deploymentOption: "small",
      ipAllocationPolicy: "STATIC_MANUAL",
      ipProtocol: "IPV4",
      allowUnverifiedSslCert: true,
      enableHiddenProperties: true,
    };
    const made = ovfDeployArgs(image, {
      ...deploy,
      cpus: 4,
      memory: "4GiB",
      firmware: "uefi",
      secureBoot: true,
      guestId: "debian12_64Guest",
      scsiType: "lsilogic-sas",
    });
    assert.deepEqual(made, {
      ovfDeploy: { remoteOvfUrl: inBucket("ova").url, ...deploy },
      numCpus: 4,
      memory: 4096,
      firmware: "efi",
      efiSecureBootEnabled: true,
      guestId: "debian12_64Guest",
      scsiType: "lsilogic-sas",
    });
  });

  describe("ends the URL in .ova", () => {
    const urlOf = (url: string) => ovfDeployArgs(image, { url }).ovfDeploy.remoteOvfUrl;

    it("unchanged without a query", () =>
      assert.equal(urlOf("https://mirror.example/edge.ova"), "https://mirror.example/edge.ova"));
    it("with a fragment after a query", () =>
      assert.equal(
        urlOf("https://mirror.example/edge.ova?signature=1"),
        "https://mirror.example/edge.ova?signature=1#/edge-bbbbbbbbbbbb.ova",
      ));
    it("with a fragment in place of another one", () =>
      assert.equal(
        urlOf("https://mirror.example/latest#top"),
        "https://mirror.example/latest#/edge-bbbbbbbbbbbb.ova",
      ));
    it("without changing path and query", () => {
      const { pathname, search } = new URL(urlOf("https://h/a?b=c") ?? "");
      assert.deepEqual([pathname, search], ["/a", "?b=c"]);
    });
  });

  it("returns the path of a file in a folder", () =>
    assert.deepEqual(ovfDeployArgs(image, { target: "directory:images" }).ovfDeploy, {
      localOvfPath: "/srv/my images/edge-aaaaaaaaaaaa/edge-bbbbbbbbbbbb.ova",
    }));

  it("requires only `firmware` for a single artifact", () =>
    assert.equal(ovfDeployArgs(inBucket("ova"), { firmware: "uefi" }).firmware, "efi"));

  describe("extraConfig", () => {
    const configOf = (options: Parameters<typeof ovfDeployArgs>[1]) =>
      ovfDeployArgs(outputsWith(inBucket("ova")), options as never).extraConfig;
    const inBase64 = {
      "guestinfo.userdata": encoded,
      "guestinfo.userdata.encoding": "base64",
    };

    it("contains the site's cloud-config as base64, with its encoding", () =>
      assert.deepEqual(configOf({ userData }), inBase64));
    it("keeps other settings", () =>
      assert.deepEqual(configOf({ userData, extraConfig: { "disk.EnableUUID": "TRUE" } }), {
        "disk.EnableUUID": "TRUE",
        ...inBase64,
      }));
    it("encodes a guestinfo.userdata without encoding", () =>
      assert.deepEqual(configOf({ extraConfig: { "guestinfo.userdata": userData } }), inBase64));
    it("keeps one with an encoding", () => {
      const extraConfig = {
        "guestinfo.userdata": "H4sI",
        "guestinfo.userdata.encoding": "gzip+base64",
      };
      assert.deepEqual(configOf({ extraConfig }), extraConfig);
    });
    it("is absent without settings", () =>
      assert.equal("extraConfig" in ovfDeployArgs(image), false));
  });

  const refusals: readonly Refusal[] = [
    {
      of: "an image without an OVA",
      ask: () => ovfDeployArgs(outputsWith(inBucket("vmdk"))),
      text: /no artifact that the vSphere provider can read\. It has vmdk at .* Add one of ova/,
    },
    {
      of: "an OVA in a registry",
      ask: () => ovfDeployArgs(outputsWith(inRegistry("ova"))),
      text: /reads files from folders, web servers and buckets/,
    },
    {
      of: "an address of another kind, without its query",
      ask: () => ovfDeployArgs(image, { url: "ftp://h/a.ova?signature=hunter22" }),
      text: /cannot read ftp:\/\/h\/a\.ova\. (?!.*hunter22)/,
    },
    {
      of: "a file that the provider would take for an OVF",
      ask: () => ovfDeployArgs(image, { url: "/srv/edge.tar" }),
      text: /local files that end in \.ova/,
    },
    {
      of: "secure boot of BIOS",
      ask: () => ovfDeployArgs(image, { secureBoot: true }),
      text: /is set for a machine with BIOS/,
    },
    {
      of: "one artifact without a firmware",
      ask: () => ovfDeployArgs(inBucket("ova")),
      text: /Set `firmware`, or pass the image/,
    },
    {
      of: "memory that is no whole MiB",
      ask: () => ovfDeployArgs(image, { memory: 1000 }),
      text: /`memory` is 1000 bytes, but vSphere requires whole MiB/,
    },
    {
      of: "user-data that is no cloud-config",
      ask: () => ovfDeployArgs(image, { userData: "hostname: x" }),
      text: /`userData` is not a cloud-config/,
    },
    {
      of: "user-data twice",
      ask: () => ovfDeployArgs(image, { userData, extraConfig: { "guestinfo.userdata": "x" } }),
      text: /Both `userData` and `extraConfig\["guestinfo\.userdata"\]`/,
    },
  ];
  for (const { of, ask, text } of refusals) {
    it(`rejects ${of}`, () => assert.throws(ask, { message: text, code: "input.invalid" }));
  }
});

describe("contentLibraryItemArgs", () => {
  it("returns an item whose name changes with the content", () =>
    assert.deepEqual(contentLibraryItemArgs(image), {
      name: "edge-0123456789",
      fileUrl: inBucket("ova").url,
      type: "ovf",
      description: `pulumi-stylus-image, SHA-256 ${sha256}`,
    }));
  it("returns an ISO on request", () => {
    const both = outputsWith(inBucket("ova"), inFolder("iso"));
    const { type, fileUrl } = contentLibraryItemArgs(both, { format: "iso" });
    assert.equal(type, "iso");
    assert.equal(fileUrl, "/srv/my images/edge-aaaaaaaaaaaa/edge-bbbbbbbbbbbb.iso");
  });
  it("uses the options name, description and url", () =>
    assert.deepEqual(
      contentLibraryItemArgs(image, {
        name: "Edge Site",
        description: "ours",
        url: "https://mirror.example/edge?x=1",
      }),
      {
        name: "Edge Site-0123456789",
        fileUrl: "https://mirror.example/edge?x=1#/edge-bbbbbbbbbbbb.ova",
        type: "ovf",
        description: "ours",
      },
    ));
  it("shortens a name to vCenter's limit", () =>
    assert.equal(contentLibraryItemArgs(image, { name: "n".repeat(200) }).name.length, 80));
  it("rejects an image with neither", () =>
    assert.throws(() => contentLibraryItemArgs(outputsWith(inBucket("qcow2"))), {
      message: /requested is ova or iso/,
    }));
});

describe("templateCloneArgs", () => {
  const template = { name: "edge-1", path: "/DC0/vm/edge-1", uuid: "42" };
  const inLibrary = (more: object = {}) => ({
    ...inBucket("ova"),
    target: "vsphere://vc/library/l",
    ...more,
  });
  const deployed = outputsWith(inBucket("ova"), inLibrary({ template }));

  it("clones the template of the library, with all arguments that the provider would default otherwise", () =>
    assert.deepEqual(templateCloneArgs(deployed), {
      clone: { templateUuid: "42" },
      disks: [{ label: "disk0", size: 100, thinProvisioned: true }],
      numCpus: 2,
      memory: 8192,
      firmware: "bios",
      efiSecureBootEnabled: false,
      guestId: "other5xLinux64Guest",
      scsiType: "pvscsi",
    }));

  it("uses the other options", () => {
    const made = templateCloneArgs(deployed, {
      diskSize: "200GiB",
      linkedClone: true,
      cpus: 4,
      userData,
    });
    assert.deepEqual(made.clone, { templateUuid: "42", linkedClone: true });
    assert.equal(made.disks[0]?.size, 200);
    assert.equal(made.numCpus, 4);
    assert.equal(made.extraConfig?.["guestinfo.userdata"], encoded);
  });

  it("returns the template of an artifact", () =>
    assert.deepEqual(templateOf(inLibrary({ template })), template));

  for (const [what, ask, message] of [
    [
      "an OVA that nothing is deployed of",
      () => templateCloneArgs(outputsWith(inLibrary())),
      /No template is deployed from ova at vsphere:.*`deploy`/,
    ],
    [
      "an OVA in a bucket",
      () => templateCloneArgs(outputsWith(inBucket("ova"))),
      /deployed from a content library.*`library` and `deploy`/,
    ],
    [
      "a disk smaller than the template's",
      () => templateCloneArgs(deployed, { diskSize: "10GiB" }),
      /at least the size of the image/,
    ],
    [
      "one artifact without the size of its disk",
      () => templateCloneArgs(inLibrary({ template }), { firmware: "bios" }),
      /Set `diskSize`/,
    ],
  ] as const) {
    it(`rejects ${what}`, () => assert.throws(ask, { message }));
  }
});

describe("datastorePath", () => {
  const at = (target: string) => {
    const artifact = { ...inFolder("ova"), target, uri: `${target}/edge-1/edge-2.iso` };
    return datastorePath(artifact);
  };

  it("returns the path within the datastore for any folder and datacenter", () => {
    assert.equal(at("vsphere://vc/DC0/datastore/LocalDS_0"), "edge-1/edge-2.iso");
    assert.equal(at("vsphere://vc/datastore/a%20b/CDs%20%26/x"), "CDs &/x/edge-1/edge-2.iso");
    assert.equal(at("vsphere://vc/folder/DC0/datastore/fast"), "edge-1/edge-2.iso");
  });

  it("rejects an artifact that is not in a datastore, and says where to publish it", () => {
    for (const target of ["vsphere://vc/library/Edge", "s3://bucket/edge"]) {
      assert.throws(() => at(target), {
        code: "input.invalid",
        message: /`vsphere` target with `datastore`/,
      });
    }
  });
});
