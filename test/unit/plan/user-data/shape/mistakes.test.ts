import assert from "node:assert/strict";
import { generate, testRefusals, type Refused } from "../generated";

/** Each everyday mistake as a line of a step, its path below the step, and its reason. */
const stepMistakes: readonly (readonly [string, string, RegExp])[] = [
  ["commands: [{echo status: up}]", "commands[0]", /text, but is a map;.*in quotes/],
  ["commands:\n        - echo ok\n        - echo status: up", "commands[1]", /in quotes/],
  ["commands: date", "commands", /a list, but is text; put `- ` before each command/],
  ["commands: [[ls, -l]]", "commands[0]", /text, but is a list/],
  ["environment: [A=b]", "environment", /a map, but is a list; write `NAME: value`/],
  ["environment: A=b", "environment", /a map, but is text/],
  ["sysctl: [net.ipv4.ip_forward=1]", "sysctl", /`NAME: value`/],
  ["files: [{path: /a, owner: root}]", "files[0].owner", /0 for root, or `ownerstring: root:root`/],
  [
    'files: [{path: /a, permissions: "0o644"}]',
    "files[0].permissions",
    /write 0644 without quotes/,
  ],
  ["files: [{path: /a, permissions: rw-r--r--}]", "files[0].permissions", /octal number/],
  ["files: {path: /a}", "files", /put `- ` before its first key/],
  ["directories: [/a]", "directories[0]", /a map, but is text/],
  ["packages: [vim]", "packages", /`install: \[NAME\]`/],
  ["packages: vim", "packages", /`install: \[NAME\]`/],
  ["users: [{name: a}]", "users", /the name of the user is the key/],
  ["users: {a: {ssh_authorized_keys: ssh-ed25519 A}}", "users.a.ssh_authorized_keys", /each key/],
  ['users: {a: {lock_passwd: "true"}}', "users.a.lock_passwd", /true or false.*without quotes/],
  ["users: {a: {groups: admin}}", "users.a.groups", /\[admin, sudo\]/],
  ["users: {a: secret}", "users.a", /`passwd` and `groups`/],
  ["authorized_keys: {a: ssh-ed25519 A}", "authorized_keys.a", /before each key/],
  ["authorized_keys: [ssh-ed25519 A]", "authorized_keys", /the name of the user/],
  ["systemctl: [sshd]", "systemctl", /`enable: \[UNIT\]`/],
  ["systemctl: {enable: sshd}", "systemctl.enable", /a list, but is text/],
  ["dns: [1.1.1.1]", "dns", /`nameservers: \[ADDRESS\]`/],
  ["dns: {nameservers: 1.1.1.1}", "dns.nameservers", /a list, but is text/],
  ["layout: {device: /dev/vda}", "layout.device", /`path: \/dev\/DISK`/],
  ["layout: {add_partitions: [{size: 10GiB}]}", "layout.add_partitions[0].size", /in MiB/],
  ["layout: {expand_partition: true}", "layout.expand_partition", /`size: 0`/],
  ["after: [first]", "after[0]", /`name: STEP`/],
  ["after: first", "after", /`- name: STEP`/],
  ["modules: br_netfilter", "modules", /before each module/],
  ["timesyncd: {NTP: [a, b]}", "timesyncd.NTP", /text, but is a list/],
  ["datasource: [cdrom]", "datasource", /`providers: \[NAME\]`/],
  ["hostname: [a]", "hostname", /text, but is a list/],
  ["if: {a: b}", "if", /in quotes/],
];

/** The same for the top level. */
const topMistakes: readonly (readonly [string, string, RegExp])[] = [
  ["stages:\n  boot: [date]", "stages.boot[0]", /`- name: STEP`/],
  ["stages:\n  boot:\n    commands: [date]", "stages.boot", /before the first key of each step/],
  ["stages: [boot]", "stages", /the name of a stage/],
  ["users: {a: {passwd: x}}", "users", /`- name: NAME`.*a step of a stage/],
  ["users: [default]", "users[0]", /`default` of cloud-init does not exist/],
  ["ssh_authorized_keys: ssh-ed25519 A", "ssh_authorized_keys", /a list, but is text/],
  ["runcmd: [[ls, -l]]", "runcmd[0]", /only as one text/],
  ["runcmd: date", "runcmd", /before each command/],
  ['write_files: [{path: /a, permissions: "0o644"}]', "write_files[0].permissions", /"0644"/],
  ["write_files: {path: /a}", "write_files", /a list, but is a map/],
  ["hostname: {a: b}", "hostname", /text, but is a map/],
  ["users: [{passwd: x}]", "users[0]", /must have a `name`/],
  ['users: [{name: ""}]', "users[0]", /must have a `name`/],
  ["users: [{name: a, uid: 1}, {name: a}]", "users[1].name", /repeats the name/],
  ["install: {Reboot: true}", "install.Reboot", /must be written `reboot`/],
  ["install: {partitions: {OEM: {size: 64}}}", "install.partitions.OEM", /written `oem`/],
  ["install: {partitions: {efi: 64}}", "install.partitions.efi", /a map, but is a number/],
  ["install: {cloud-init: [[a]]}", "install.cloud-init[0]", /text, but is a list/],
  ["growpart: false", "growpart", /`devices: \[\/\]`/],
  ["name: [a]", "name", /text, but is a list/],
  [
    "install: {system: {size: 10GiB}}",
    "install.system.size",
    /a whole number, but is text.*in MiB/,
  ],
  ["install: {partitions: {oem: 64}}", "install.partitions.oem", /`size: 10240`/],
  ["install: {bind_mounts: /var/lib}", "install.bind_mounts", /a list, but is text/],
  ["install: {grub_options: [a=b]}", "install.grub_options", /`NAME: value`/],
  ["install: {system: {uri: /a}}", "install.system.uri", /`dir:\/PATH`/],
  ["install: {env: {A: b}}", "install.env", /a list, but is a map/],
  ["stylus: {site: {tags: [a]}}", "stylus.site.tags", /`KEY: value`/],
  ["stylus: {site: {caCerts: abc}}", "stylus.site.caCerts", /before each certificate/],
  ["stylus: {site: {network: {noProxy: [a]}}}", "stylus.site.network.noProxy", /commas/],
  ['stylus: {debug: "true"}', "stylus.debug", /without quotes/],
];

const steps = stepMistakes.map(
  ([line, path, reason]) =>
    [
      line,
      `stages:\n  boot:\n    - name: step\n      ${line}\n`,
      `userData.stages.boot[0].${path}`,
      reason,
    ] as const,
);
const tops = topMistakes.map(
  ([line, path, reason]) => [line, `${line}\n`, `userData.${path}`, reason] as const,
);

describe("everyday mistakes in the user-data", () => {
  const palette = { endpoint: "api.spectrocloud.com", edgeHostToken: "t0ken" };
  const mistakes = [...steps, ...tops].map(([line, userData, path, reason]): Refused[number] => [
    line.replaceAll(/\s+/g, " "),
    { palette, userData },
    path,
    reason,
  ]);
  testRefusals(mistakes);

  for (const reader of ["kairos", "site"] as const) {
    it(`are refused for the reader ${reader} too`, () => {
      for (const [line, { userData }, path] of mistakes) {
        const problems = generate({ palette, userData, reader }).problems;
        assert.deepEqual(problems.map((problem) => problem.path).includes(path), true, line);
      }
    });
  }

  it("are no concern of an installer that is not Kairos", () => {
    const userData = { runcmd: [["ls", "-l"]], users: ["default"], packages: ["vim"] };
    const { problems, warnings } = generate({ userData, reader: "generic" });
    assert.deepEqual({ problems, warnings }, { problems: [], warnings: [] });
  });

  it("are refused in an object as in text", () => {
    const userData = { stages: { boot: [{ commands: ["a", { "echo status": "up" }] }] } };
    const [problem] = generate({ userData }).problems;
    assert.equal(problem?.path, "userData.stages.boot[0].commands[1]");
  });
});

describe("names that Kairos does not know", () => {
  const step = (line: string) => `stages:\n  boot:\n    - ${line}\n`;
  const warned: readonly (readonly [string, string, RegExp])[] = [
    ["a key of a step", step("hostnme: a"), /stages\.boot\[0\]\.hostnme .*`hostname` meant/],
    ["swapped letters", step("comamnds: [a]"), /`commands` meant/],
    ["a missing letter", step("comands: [a]"), /`commands` meant/],
    ["another case", step("Commands: [a]"), /`commands` meant/],
    ["another word separator", step("environment-file: a"), /`environment_file` meant/],
    ["a field of a file", step("files: [{path: a, owner_string: b}]"), /`ownerstring` meant/],
    ["a field of an account", step("users: {a: {lockPasswd: true}}"), /`lock_passwd` meant/],
    ["a key of systemctl", step("systemctl: {enabled: [a]}"), /`enable` meant/],
    ["a key of a layout", step("layout: {add_partition: []}"), /`add_partitions` meant/],
    ["a stage", "stages:\n  boott: [{name: a}]\n", /stages\.boott .*`boot` meant/],
    ["a stage with a suffix", "stages: {initramfs.befor: [{name: a}]}\n", /`initramfs\.before`/],
    ["a stage of the install", "stages: {after-instal: [{name: a}]}\n", /`after-install` meant/],
    ["install", "instal: {auto: true}\n", /userData\.instal .*`install` meant/],
    ["write_files", "write_file: [{path: /a}]\n", /`write_files` meant/],
    ["stages", "stage: {boot: []}\n", /`stages` meant/],
    ["a key of install", "install: {power_off: true}\n", /`poweroff` meant/],
    ["a partition of a fixed size", "install: {partitions: {efi: {size: 1}}}\n", /size is fixed/],
    ["a partition", "install: {partitions: {persistant: {size: 1}}}\n", /`persistent` meant/],
    ["a key of stylus", "stylus: {site: {paletteEndpoints: a}}\n", /`paletteEndpoint` meant/],
    ["cloud-init's packages", "packages: [vim]\n", /packages: \{install: \[NAME\]\}/],
    ["a key of a step at the top", "commands: [date]\n", /put `commands` into a step/],
    ["a stage at the top", "boot: [{name: a}]\n", /`stages\.boot`/],
    ["cloud-init's runcmd in a step", step("runcmd: [a]"), /write `commands`/],
    ["cloud-init's sudo", step("users: {a: {passwd: x, sudo: ALL}}"), /groups `admin` and `sudo`/],
    ["a key unlike any other", step("wallpaper: a"), /boot\[0\]\.wallpaper .*is ignored\.$/],
  ];
  for (const [what, userData, text] of warned) {
    it(`are warned of: ${what}`, () => {
      const { warnings } = generate({ userData: userData.replace("[]", "[{name: a}]") });
      assert.equal(warnings.filter((warning) => text.test(warning)).length, 1, warnings.join("\n"));
    });
  }

  it("are no reason for a warning where Kairos' programs, extensions or the user choose them", () => {
    const userData = {
      "x-site": { anything: 1 },
      p2p: { network_token: "t", auto: { enable: true } },
      k3s: { enabled: true, args: ["--disable=traefik"] },
      "k3s-agent": { enabled: true },
      kubevip: { eip: "10.0.0.1" },
      bundles: [{ targets: ["run://quay.io/a/b"] }],
      strict: true,
      debug: true,
      companyInventory: { owner: "a" },
      stages: {
        boot: [{ sysctl: { commands: "1" }, environment: { HOSTNME: "a" } }],
        "boot.after": [{ commands: ["date"] }],
        "kairos-install.pre.before": [{ commands: ["date"] }],
        "provider-kairos.bootstrap.before.node": [{ commands: ["date"] }],
        "my-own-stage": [{ commands: ["date"] }],
      },
      stylus: { site: { edgeHostToken: "t", futureKey: 1 } },
    };
    const { problems, warnings } = generate({ userData });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      warnings.filter((warning) => warning.includes("ignored")),
      [],
    );
  });

  it("never appear if they may be secrets", () => {
    const secret = "hunter2 is the password";
    const { warnings } = generate({ userData: { stages: { boot: [{ [secret]: "a" }] } } });
    assert.doesNotMatch(warnings.join("\n"), /hunter2/);
  });
});
