import assert from "node:assert/strict";
import type { JsonMap } from "../../../../provider/base/json";
import { outlineUserData } from "../../../../provider/plan/user-data/outline";
import { documentOf, palette } from "./generated";

describe("outlineUserData", () => {
  it("shows keys and kinds of values, and values of the list of allowed paths only", () => {
    const document: JsonMap = {
      hostname: "edge-17",
      install: {
        device: "/dev/nvme0n1",
        poweroff: true,
        partitions: { persistent: { size: 0, fs: "ext4" }, oem: { label: "COS_OEM" } },
        "grub-options": {},
      },
      stages: {
        boot: [
          {
            name: "Log in",
            commands: ["echo root:hunter22 | chpasswd", "x"],
            environment: { REGISTRY_LOGIN: "hunter22", PIN: 1234, EMPTY: "", NONE: null },
            files: [{ path: "/etc/x", permissions: 420, content: "hunter22" }],
          },
        ],
      },
      matrix: [[1, 2], ["a"]],
    };
    assert.equal(
      outlineUserData(document),
      `hostname: edge-17
install:
  device: /dev/nvme0n1
  poweroff: true
  partitions:
    persistent:
      size: 0
      fs: ext4
    oem:
      label: <text>
  grub-options: <empty map>
stages:
  boot:
    - name: <text>
      commands: <list of 2>
      environment:
        REGISTRY_LOGIN: <text>
        PIN: <number>
        EMPTY: <empty text>
        NONE: null
      files:
        - path: <text>
          permissions: 420
          content: <text>
matrix:
  - <list of 2>
  - <list of 1>
`,
    );
  });

  it("shows no value at another path, and none of another shape", () => {
    const secret = "hunter22";
    const outline = outlineUserData({
      hostname: "not a host name: hunter22",
      nested: { hostname: secret, install: { device: secret } },
      install: { device: secret, partitions: { persistent: { size: secret, fs: secret } } },
      stages: { boot: [{ hostname: `a ${secret}`, files: [{ permissions: 12345678 }] }] },
      stylus: { site: { paletteEndpoint: `user:${secret}@host` }, managementMode: secret },
    });
    assert.doesNotMatch(outline, /hunter22|12345678/);
    assert.match(outline, /paletteEndpoint: <text>/);
  });

  it("does not show keys that may be commands or secrets", () => {
    const outline = outlineUserData({
      "curl -u a:hunter22 https://h": 1,
      tok_9f8e7d6c5b4a3210: 2,
      "/etc/hunter22": 3,
      ["long".repeat(20)]: 4,
      "after-install-chroot": 5,
    });
    assert.equal(outline, `${"<key>: <number>\n".repeat(4)}after-install-chroot: <number>\n`);
  });

  it("shows no secret of a generated cloud-config", () => {
    const outline = outlineUserData(
      documentOf({
        palette: { ...palette, edgeHostToken: "s3cret", httpsProxy: "u:s3cret@p:1" },
        users: [{ name: "kairos", passwordHash: "$6$s3cret$x" }],
        userData: { stages: { boot: [{ commands: ["K3S_TOKEN=s3cret k3s"] }] } },
      }),
    );
    assert.doesNotMatch(outline, /s3cret/);
    assert.match(outline, /paletteEndpoint: api\.spectrocloud\.com\n {4}edgeHostToken: <text>/);
  });
});
