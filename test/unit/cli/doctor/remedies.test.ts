import assert from "node:assert/strict";
import {
  commandLine,
  commandsForRoot,
  describeRemedies,
  remediesFor,
} from "../../../../provider/cli/doctor/remedies";
import type { HostFindings, RootAccess } from "../../../../provider/cli/doctor/remedy";
import { s3Policy } from "../../../../provider/targets/s3/policy";
import { distributionOf } from "../../../../provider/system/host/distribution";
import { holderIn } from "../../../../provider/system/host/debian-packages";
import { groupIn, moduleFor } from "../../../../provider/system/accelerator/kvm-device";

const ready: HostFindings = {
  distribution: "debian",
  tools: [],
  lacksUefi: false,
  dpkgInterrupted: false,
  kvm: { state: "open" },
};
const mtools = { debian: "mtools", fedora: "mtools" };
const root: RootAccess = { rights: "root", proxies: [] };
const commandsOf = (change: Partial<HostFindings>, access = root): string[] =>
  remediesFor({ ...ready, ...change }).flatMap(({ commands }) =>
    commands.map((command) => commandLine(command, access).join(" ")),
  );
const apt = "apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=600";

describe("remediesFor", () => {
  it("has no remedies for a machine that is ready", () => {
    assert.deepEqual(remediesFor(ready), []);
    assert.deepEqual(describeRemedies([], root), ["# Nothing to repair."]);
  });

  const tools = [
    { name: "mdir", packages: mtools },
    { name: "mtype", packages: mtools },
    { name: "qemu-img", packages: { debian: "qemu-utils", fedora: "qemu-img" } },
  ];
  it("installs each package once, by its name in the distribution", () => {
    assert.deepEqual(commandsOf({ tools, lacksUefi: true }), [
      "apt-get update",
      `env DEBIAN_FRONTEND=noninteractive ${apt} mtools ovmf qemu-utils`,
    ]);
    assert.deepEqual(commandsOf({ tools, lacksUefi: true, distribution: "fedora" }), [
      "dnf install -y edk2-ovmf mtools qemu-img",
    ]);
  });

  it("names the Debian packages if the distribution is not known", () => {
    const [remedy] = remediesFor({ ...ready, tools, distribution: "other" });
    assert.deepEqual(remedy?.commands, []);
    assert.match(remedy.why, /mdir, mtype, qemu-img.*on Debian they are mtools, qemu-utils/);
  });

  it("uses sudo for ordinary users, and keeps the proxy variables by name", () => {
    const user = { rights: "sudo", proxies: ["http_proxy", "no_proxy"] } as const;
    const kept = "--preserve-env=http_proxy,no_proxy";
    assert.deepEqual(commandsOf({ tools, kvm: kvmFor({}) }, user), [
      `sudo ${kept} apt-get update`,
      `sudo ${kept} DEBIAN_FRONTEND=noninteractive ${apt} mtools qemu-utils`,
      "sudo usermod -aG kvm ada",
    ]);
  });

  it("completes an interrupted package installation first", () => {
    assert.deepEqual(commandsOf({ dpkgInterrupted: true }), []);
    assert.deepEqual(commandsOf({ tools, dpkgInterrupted: true }), [
      "env DEBIAN_FRONTEND=noninteractive dpkg --configure -a",
      "apt-get update",
      `env DEBIAN_FRONTEND=noninteractive ${apt} mtools qemu-utils`,
    ]);
  });

  it("prints the commands for root if there is no sudo", () => {
    const withoutRights = { rights: "none", proxies: ["http_proxy"] } as const;
    const remedies = remediesFor({ ...ready, kvm: kvmFor({}) });
    assert.deepEqual(describeRemedies(remedies, withoutRights), [
      "# This user is not root and sudo is not installed: root must run these commands.",
      "# ada may not open /dev/kvm, which belongs to the group kvm. Log in again after this command.",
      "usermod -aG kvm ada",
    ]);
    const commands = remediesFor({ ...ready, tools }).flatMap((remedy) => remedy.commands);
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

  it("adds the user to the group of /dev/kvm", () => {
    assert.deepEqual(commandsOf({ kvm: kvmFor({}) }), ["usermod -aG kvm ada"]);
  });

  const byHand = [
    [
      "that is older than the membership",
      kvmFor({ hasUser: true }),
      /session was started before that\. Log in again/,
    ],
    ["of a user without a name", kvmFor({}, false), /Start the container with `--group-add 104`/],
    ["in a container without the group", kvmFor({ name: undefined }), /`--group-add 104`/],
    ["if /dev/kvm belongs to root", { ...kvmFor({}), group: undefined }, /belongs to root alone/],
  ] as const;
  for (const [session, kvm, expected] of byHand) {
    it(`explains why there is no command for a session ${session}`, () => {
      const remedies = remediesFor({ ...ready, kvm });
      const lines = describeRemedies(remedies, root);
      assert.match(lines[0] ?? "", expected);
      assert.deepEqual(lines.slice(1), ["# There is no command to run."]);
    });
  }

  it("loads the kernel module of the processor, or explains that virtualization is not available", () => {
    assert.deepEqual(commandsOf({ kvm: { state: "unloaded", module: "kvm_amd" } }), [
      "modprobe kvm_amd",
    ]);
    const [remedy] = remediesFor({ ...ready, kvm: { state: "absent" } });
    assert.match(remedy?.why ?? "", /Enable it in the machine's firmware/);
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
    it(`detects ${expected} in ${JSON.stringify(text)}`, () =>
      assert.equal(distributionOf(text), expected));
  }
});

describe("moduleFor", () => {
  it("chooses the module by the processor's flags", () => {
    assert.deepEqual(moduleFor("flags\t\t: fpu vmx sse\n"), {
      state: "unloaded",
      module: "kvm_intel",
    });
    assert.deepEqual(moduleFor("flags\t\t: fpu svm\n"), { state: "unloaded", module: "kvm_amd" });
    assert.deepEqual(moduleFor("flags\t\t: fpu\n"), { state: "absent" });
  });
});

describe("groupIn", () => {
  it("parses a line of group(5), or no line", () => {
    const ofAda = (line: string) => groupIn(line, 104, "ada");
    assert.deepEqual(ofAda("kvm:x:104:\n"), { id: 104, name: "kvm", hasUser: false });
    assert.deepEqual(ofAda("kvm:x:104:bob,ada\n"), { id: 104, name: "kvm", hasUser: true });
    assert.deepEqual(ofAda("kvm:x:104:adam"), { id: 104, name: "kvm", hasUser: false });
    assert.deepEqual(ofAda(""), { id: 104, name: undefined, hasUser: false });
  });
});

describe("holderIn", () => {
  it("finds the process that holds a lock, not one that waits for it", () => {
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
  it("allows the bucket and the objects below the prefix, and nothing else", () => {
    const text = JSON.stringify(s3Policy({ bucket: "images", prefix: "edge" }));
    assert.match(text, /"arn:aws:s3:::images"/);
    assert.match(text, /"arn:aws:s3:::images\/edge\/\*"/);
    assert.match(text, /"s3:prefix":\["edge\/\*"\]/);
    assert.doesNotMatch(text, /"s3:\*"|"\*"/);
  });

  it("allows the whole bucket if there is no prefix", () => {
    const text = JSON.stringify(s3Policy({ bucket: "images", prefix: "" }));
    assert.match(text, /"arn:aws:s3:::images\/\*"/);
    assert.doesNotMatch(text, /Condition/);
  });
});
