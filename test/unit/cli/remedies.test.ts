import assert from "node:assert/strict";
import { describeRemedies, remediesFor, type HostFaults } from "../../../provider/cli/remedies";
import { s3Policy } from "../../../provider/publish/s3-policy";
import { distributionOf } from "../../../provider/system/distribution";
import { moduleFor } from "../../../provider/system/kvm-device";

const sound: HostFaults = {
  distribution: "debian",
  isRoot: true,
  tools: [],
  lacksUefi: false,
  kvm: { state: "open" },
};
const mtools = { debian: "mtools", fedora: "mtools" };
const commandsOf = (change: Partial<HostFaults>): string[] =>
  remediesFor({ ...sound, ...change }).flatMap(({ commands }) =>
    commands.map((command) => command.join(" ")),
  );

describe("remediesFor", () => {
  it("finds nothing to do on a machine that is ready", () => {
    assert.deepEqual(remediesFor(sound), []);
    assert.deepEqual(describeRemedies([]), ["# Nothing is to be done."]);
  });

  const tools = [
    { name: "mdir", packages: mtools },
    { name: "mtype", packages: mtools },
    { name: "qemu-img", packages: { debian: "qemu-utils", fedora: "qemu-img" } },
  ];
  it("installs each package once, by the names that the distribution has", () => {
    assert.deepEqual(commandsOf({ tools, lacksUefi: true }), [
      "apt-get update",
      "apt-get install -y --no-install-recommends mtools ovmf qemu-utils",
    ]);
    assert.deepEqual(commandsOf({ tools, lacksUefi: true, distribution: "fedora" }), [
      "dnf install -y edk2-ovmf mtools qemu-img",
    ]);
  });

  it("names what to look for where the distribution is not known", () => {
    const [remedy] = remediesFor({ ...sound, tools, distribution: "other" });
    assert.deepEqual(remedy?.commands, []);
    assert.match(remedy.why, /mdir, mtype, qemu-img.*Debian calls them mtools, qemu-utils/);
  });

  it("lets a user open /dev/kvm by its group, with sudo", () => {
    const kvm = { state: "closed", user: "ada", group: "kvm" } as const;
    assert.deepEqual(commandsOf({ kvm, isRoot: false }), ["sudo usermod -aG kvm ada"]);
    assert.deepEqual(commandsOf({ kvm: { ...kvm, group: "root" } }), []);
  });

  it("loads the module of the processor, and says where none would help", () => {
    assert.deepEqual(commandsOf({ kvm: { state: "unloaded", module: "kvm_amd" } }), [
      "modprobe kvm_amd",
    ]);
    const [remedy] = remediesFor({ ...sound, kvm: { state: "absent" } });
    assert.match(remedy?.why ?? "", /switch virtualisation on in the firmware/);
  });
});

describe("distributionOf", () => {
  const table = {
    'ID=debian\nNAME="Debian"': "debian",
    'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"': "debian",
    'ID=linuxmint\nID_LIKE="ubuntu debian"': "debian",
    "ID=fedora": "fedora",
    'ID="rocky"\nID_LIKE="rhel centos fedora"': "fedora",
    "ID=alpine": "other",
    "": "other",
  } as const;
  for (const [text, expected] of Object.entries(table)) {
    it(`takes ${JSON.stringify(text)} for ${expected}`, () =>
      assert.equal(distributionOf(text), expected));
  }
});

describe("moduleFor", () => {
  it("knows the module by the processor's flags", () => {
    assert.deepEqual(moduleFor("flags\t\t: fpu vmx sse\n"), {
      state: "unloaded",
      module: "kvm_intel",
    });
    assert.deepEqual(moduleFor("flags\t\t: fpu svm\n"), { state: "unloaded", module: "kvm_amd" });
    assert.deepEqual(moduleFor("flags\t\t: fpu\n"), { state: "absent" });
  });
});

describe("s3Policy", () => {
  it("names the bucket and what lies below the prefix, and nothing else", () => {
    const text = JSON.stringify(s3Policy({ bucket: "images", prefix: "edge" }));
    assert.match(text, /"arn:aws:s3:::images"/);
    assert.match(text, /"arn:aws:s3:::images\/edge\/\*"/);
    assert.match(text, /"s3:prefix":\["edge\/\*"\]/);
    assert.doesNotMatch(text, /"s3:\*"|"\*"/);
  });

  it("is for the whole bucket where there is no prefix", () => {
    const text = JSON.stringify(s3Policy({ bucket: "images", prefix: "" }));
    assert.match(text, /"arn:aws:s3:::images\/\*"/);
    assert.doesNotMatch(text, /Condition/);
  });
});
