import assert from "node:assert/strict";
import { documentOf, palette, testRefusals, testWarnings, type Given } from "./generated";

describe("the install part", () => {
  const unattended = { poweroff: true, reboot: false };
  const admin = { stages: { boot: [{ users: { a: { passwd: "*", groups: ["admin"] } } }] } };
  const blocks: readonly (readonly [string, Given, object])[] = [
    [
      "starts plain Kairos by itself, without a login user",
      {},
      { ...unattended, auto: true, device: "auto", nousers: true },
    ],
    [
      "treats kind kairos as auto",
      { reader: "kairos" },
      { ...unattended, auto: true, device: "auto", nousers: true },
    ],
    ["leaves the start to Palette's plug-in", { palette }, { ...unattended, nousers: true }],
    [
      "recognizes Palette by the user's own stylus map",
      { userData: { stylus: { managementMode: "local" } } },
      { ...unattended, nousers: true },
    ],
    [
      "omits nousers if there are users",
      { users: [{ name: "a", passwordHash: "$6$s$x" }] },
      { ...unattended, auto: true, device: "auto" },
    ],
    [
      "omits nousers if a stage of the user's own makes an administrator",
      { userData: admin },
      { ...unattended, auto: true, device: "auto" },
    ],
    [
      "finds an administrator by primary group",
      {
        userData: { stages: { boot: [{ users: { a: { passwd: "*", primary_group: "admin" } } }] } },
      },
      { ...unattended, auto: true, device: "auto" },
    ],
    [
      "finds an administrator in cloud-init's list",
      { userData: { users: [{ name: "a", passwd: "*", groups: ["admin"] }] } },
      { ...unattended, auto: true, device: "auto" },
    ],
    [
      "does not count users outside group admin",
      { userData: { stages: { boot: [{ users: { a: { passwd: "*", groups: ["sudo"] } } }] } } },
      { ...unattended, auto: true, device: "auto", nousers: true },
    ],
    [
      "keeps keys that the user adds",
      { userData: { install: { "no-format": true, device: "/dev/vda", reboot: false } } },
      { ...unattended, auto: true, device: "/dev/vda", nousers: true, "no-format": true },
    ],
  ];
  for (const [rule, given, install] of blocks) {
    it(rule, () => assert.deepEqual(documentOf(given).install, install));
  }

  it("adds no stage, no user and no login of its own", () =>
    assert.deepEqual(Object.keys(documentOf({})), ["install"]));

  testRefusals([
    [
      "reboot: true",
      { userData: { install: { reboot: true } } },
      "userData.install.reboot",
      /power-off/,
    ],
    [
      "reboot as text",
      { userData: { install: { reboot: "yes" } } },
      "userData.install.reboot",
      /true or false/,
    ],
    [
      "poweroff: false",
      { userData: "install:\n  poweroff: false\n" },
      "userData.install.poweroff",
      /powers off/,
    ],
    [
      "auto: false without Palette",
      { userData: { install: { auto: false } } },
      "userData.install.auto",
      /waits/,
    ],
    [
      "nousers: false with nobody in admin",
      { userData: { install: { nousers: false } } },
      "userData.install.nousers",
      /admin/,
    ],
    [
      "a disk that the machine does not have",
      { userData: { install: { device: "/dev/sda" } } },
      "userData.install.device",
      /\/dev\/vda/,
    ],
    [
      "encrypted partitions",
      { userData: { install: { encrypted_partitions: ["COS_PERSISTENT"] } } },
      "userData.install.encrypted_partitions",
      /TPM/,
    ],
    [
      "an install that is no map",
      { userData: { install: "auto" } },
      "userData.install",
      /must be a map/,
    ],
  ]);

  testWarnings([
    [
      "install.auto with Palette",
      { palette, userData: { install: { auto: true } } },
      /install\.auto/,
    ],
    [
      "a configuration from a URL",
      { userData: { config_url: "https://a.example/c" } },
      /config_url/,
    ],
  ]);
});
