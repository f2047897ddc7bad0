import assert from "node:assert/strict";
import { hashPassword } from "../../../../provider/plan/user-data/password-hash";
import { documentOf, testRefusals, testWarnings } from "./generated";

describe("users of the user's own cloud-config", () => {
  it("hashes plain passwords of the user's own stages and list, and nothing else", () => {
    const passwords = {
      plain: "pw",
      odd: "$money",
      hashed: "$6$s$x",
      locked: "!",
      none: "*",
      template: "{{ .Values.x }}",
      digits: 1234,
    };
    const users = Object.fromEntries(
      Object.entries(passwords).map(([name, passwd]) => [name, { passwd }]),
    );
    const document = documentOf({
      userData: { stages: { "after-install": [{ users }] }, users: [{ name: "l", passwd: "pw" }] },
    });
    const [step] = (
      document.stages as { "after-install": [{ users: Record<string, { passwd: string }> }] }
    )["after-install"];
    assert.deepEqual(
      Object.fromEntries(Object.entries(step.users).map(([name, { passwd }]) => [name, passwd])),
      {
        ...passwords,
        plain: hashPassword("plain", "pw"),
        odd: hashPassword("odd", "$money"),
        digits: hashPassword("digits", "1234"),
      },
    );
    assert.deepEqual(document.users, [{ name: "l", passwd: hashPassword("l", "pw") }]);
  });

  testRefusals([
    [
      "a password of the user's own with a line break",
      { userData: { stages: { boot: [{ users: { a: { passwd: "x\n" } } }] } } },
      "userData.stages.boot[0].users.a.passwd",
      /line break/,
    ],
    [
      "a password of the user's own that is no text",
      { userData: { users: [{ name: "a", passwd: true }] } },
      "userData.users[0].passwd",
      /text/,
    ],
    [
      "groups in one text",
      { userData: { stages: { boot: [{ users: { a: { passwd: "*", groups: "admin" } } }] } } },
      "userData.stages.boot[0].users.a.groups",
      /list/,
    ],
  ]);

  testWarnings([
    [
      "a user of the user's own without a password",
      { userData: { stages: { boot: [{ users: { a: {} } }] } } },
      /stages\.boot\[0\]\.users\.a .*console/,
    ],
  ]);
});
