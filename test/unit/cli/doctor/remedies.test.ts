import assert from "node:assert/strict";
import {
  commandLine,
  commandsForRoot,
  describeRemedies,
  remediesFor,
  type HostFaults,
} from "../../../../provider/cli/doctor/remedies";
import { s3Policy } from "../../../../provider/targets/s3/policy";
import { distributionOf } from "../../../../provider/system/host/distribution";
import { holderIn } from "../../../../provider/system/host/debian-packages";
import { groupIn, moduleFor } from "../../../../provider/system/accelerator/kvm-device";

const sound: HostFaults = {
  distribution: "debian",
  rights: "root",
  proxies: [],
  tools: [],
  lacksUefi: false,
  dpkgInterrupted: false,
  kvm: { state: "open" },
};
const mtools = { debian: "mtools", fedora: "mtools" };
const root = { rights: "root", proxies: [] } as const;
const commandsOf = (change: Partial<HostFaults>): string[] => {
  const faults = { ...sound, ...change };
  return remediesFor(faults).flatMap(({ commands }) =>
    commands.map((command) => commandLine(command, faults).join(" ")),
  );
};
const apt = "apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=600";

describe("remediesFor", () => {
  it("finds nothing to do on a machine that is ready", () => {
    assert.deepEqual(remediesFor(sound), []);
    assert.deepEqual(describeRemedies([], root), ["# Nothing is to be done."]);
  });

  const tools = [
    { name: "mdir", packages: mtools },
    { name: "mtype", packages: mtools },
    { name: "qemu-img", packages: { debian: "qemu-utils", fedora: "qemu-img" } },
  ];
  it("installs each package once, by the names that the distribution has", () => {
    assert.deepEqual(commandsOf({ tools, lacksUefi: true }), [
      "apt-get update",
      `env DEBIAN_FRONTEND=noninteractive ${apt} mtools ovmf qemu-utils`,
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

  it("goes through sudo where this is not root, and takes proxies along by their names", () => {
    const user = { tools, rights: "sudo", proxies: ["http_proxy", "no_proxy"] } as const;
    const kept = "--preserve-env=http_proxy,no_proxy";
    assert.deepEqual(commandsOf({ ...user, kvm: kvmFor({}) }), [
      `sudo ${kept} apt-get update`,
      `sudo ${kept} DEBIAN_FRONTEND=noninteractive ${apt} mtools qemu-utils`,
      "sudo usermod -aG kvm ada",
    ]);
  });

  it("brings an installation that was broken off to its end first", () => {
    assert.deepEqual(commandsOf({ dpkgInterrupted: true }), []);
    assert.deepEqual(commandsOf({ tools, dpkgInterrupted: true }), [
      "env DEBIAN_FRONTEND=noninteractive dpkg --configure -a",
      "apt-get update",
      `env DEBIAN_FRONTEND=noninteractive ${apt} mtools qemu-utils`,
    ]);
  });

  it("says what root is to run where there is no sudo", () => {
    const nobody = { rights: "none", proxies: ["http_proxy"] } as const;
    const remedies = remediesFor({ ...sound, ...nobody, kvm: kvmFor({}) });
    assert.deepEqual(describeRemedies(remedies, nobody), [
      "# This user is not root, and there is no sudo here: root has to run this.",
      "# ada may not open /dev/kvm, which is for the group kvm; it counts from the next login on.",
      "usermod -aG kvm ada",
    ]);
    const commands = remediesFor({ ...sound, tools }).flatMap((remedy) => remedy.commands);
    assert.equal(
      commandsForRoot(commands),
      `apt-get update && env DEBIAN_FRONTEND=noninteractive ${apt} mtools qemu-utils`,
    );
  });

  const kvmFor = (
    group: { readonly name?: string | undefined; readonly hasUser?: boolean },
    known = true,
  ) =>
    ({
      state: "closed",
      user: { name: "ada", known },
      group: { id: 104, name: "kvm", hasUser: false, ...group },
    }) as const;

  it("lets a user open /dev/kvm by its group", () => {
    assert.deepEqual(commandsOf({ kvm: kvmFor({}) }), ["usermod -aG kvm ada"]);
  });

  const byHand = [
    ["older than the membership", kvmFor({ hasUser: true }), /session is older than that: log in/],
    ["of no name", kvmFor({}, false), /A container gets that group by `--group-add 104`/],
    ["in a container without the group", kvmFor({ name: undefined }), /`--group-add 104`/],
    ["of a device that is root's", { ...kvmFor({}), group: undefined }, /belongs to root alone/],
  ] as const;
  for (const [whose, kvm, expected] of byHand) {
    it(`has no command for a session ${whose}, and says why`, () => {
      const remedies = remediesFor({ ...sound, kvm });
      const lines = describeRemedies(remedies, root);
      assert.match(lines[0] ?? "", expected);
      assert.deepEqual(lines.slice(1), ["# No command is to be run."]);
    });
  }

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

describe("groupIn", () => {
  it("reads a line of group(5), or that there is none", () => {
    const ofAda = (line: string) => groupIn(line, 104, "ada");
    assert.deepEqual(ofAda("kvm:x:104:\n"), { id: 104, name: "kvm", hasUser: false });
    assert.deepEqual(ofAda("kvm:x:104:bob,ada\n"), { id: 104, name: "kvm", hasUser: true });
    assert.deepEqual(ofAda("kvm:x:104:adam"), { id: 104, name: "kvm", hasUser: false });
    assert.deepEqual(ofAda(""), { id: 104, name: undefined, hasUser: false });
  });
});

describe("holderIn", () => {
  it("knows who has a file locked from the kernel's list, and not who waits for it", () => {
    const held = [
      "1: POSIX  ADVISORY  READ  41 fe:00:1234 0 EOF",
      "2: FLOCK  ADVISORY  WRITE 42 fe:00:1234 0 EOF",
      "3: POSIX  ADVISORY  WRITE 43 fe:00:12345 0 EOF",
      "4: POSIX  ADVISORY  WRITE 44 fe:00:1234 0 EOF",
      "4: -> POSIX  ADVISORY  WRITE 45 fe:00:1234 0 EOF",
    ].join("\n");
    assert.equal(holderIn(held, 1234), 44);
    assert.equal(holderIn(held, 123), undefined);
    assert.equal(holderIn("", 1234), undefined);
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
