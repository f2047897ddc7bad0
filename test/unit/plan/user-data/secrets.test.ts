import assert from "node:assert/strict";
import { maskUserData } from "../../../../provider/plan/user-data/secrets";
import { documentOf, palette } from "./generated";

describe("maskUserData", () => {
  it("shows the shape and no secret", () => {
    const document = documentOf({
      palette: { ...palette, edgeHostToken: "s3cret", httpsProxy: "http://u:s3cret@p:1" },
      users: [
        { name: "kairos", passwordHash: "$6$s3cret$x", sshAuthorizedKeys: ["ssh-rsa PUBLIC"] },
      ],
      userData: {
        stylus: {
          registryCredentials: { username: "s3cret", password: "s3cret" },
          disablePasswordUpdate: true,
        },
        stages: {
          boot: [
            { files: [{ path: "/etc/x", content: "s3cret\n" }] },
            {
              commands: [
                "curl -H 'Authorization: Bearer s3cret' x",
                "K3S_TOKEN=s3cret k3s",
                "echo hello",
              ],
            },
            { environment: { API_KEY: "s3cret", PLAIN: "shown" } },
            { ssh_keys: { kairos: ["ssh-rsa PUBLIC"] } },
          ],
        },
        p2p: { network_token: "s3cret" },
      },
    });
    const masked = maskUserData(document);
    assert.doesNotMatch(masked, /s3cret/);
    for (const shown of [
      "api.spectrocloud.com",
      "ssh-rsa PUBLIC",
      "/etc/x",
      "echo hello",
      "PLAIN: shown",
      "disablePasswordUpdate: true",
      '"<secret>"',
    ]) {
      assert.ok(masked.includes(shown), shown);
    }
  });
});
