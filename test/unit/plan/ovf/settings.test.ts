import assert from "node:assert/strict";
import { advancedSettings } from "../../../../provider/plan/ovf/settings";

describe("advancedSettings", () => {
  it("encodes user-data without an encoding, and adds the encoding", () => {
    const text = "#cloud-config\nname: é\n";
    assert.deepEqual(advancedSettings({ "guestinfo.userdata": text, x: "1" }), [
      ["guestinfo.userdata", Buffer.from(text).toString("base64")],
      ["guestinfo.userdata.encoding", "base64"],
      ["x", "1"],
    ]);
  });

  for (const encoding of ["base64", "gzip+base64", ""]) {
    it(`leaves user-data alone that names the encoding "${encoding}"`, () => {
      const given = { "guestinfo.userdata": "eA==", "guestinfo.userdata.encoding": encoding };
      assert.deepEqual(Object.fromEntries(advancedSettings(given)), given);
    });
  }

  it("adds no user-data", () => {
    assert.deepEqual(advancedSettings({}), []);
    assert.deepEqual(advancedSettings({ "guestinfo.metadata": "x" }), [
      ["guestinfo.metadata", "x"],
    ]);
  });

  it("sorts keys by their code units", () => {
    const keys = advancedSettings({ b: "", a: "", B: "", "a.b": "", é: "" }).map(([key]) => key);
    assert.deepEqual(keys, ["B", "a", "a.b", "b", "é"]);
  });

  for (const [what, key, value] of [
    ["a control character", "x", "secret\u0007"],
    ["NUL", "x", "\0"],
    ["half a surrogate pair", "x", "\ud800"],
    ["a noncharacter", "x", "\uffff"],
    ["a control character in the key", "x\u0001", "value"],
  ] as const) {
    it(`refuses ${what}, without showing the value`, () => {
      assert.throws(
        () => advancedSettings({ [key]: value }),
        (thrown: unknown) => {
          assert.ok(thrown instanceof Error && "code" in thrown);
          assert.equal(thrown.code, "input.invalid");
          assert.match(thrown.message, /U\+[0-9A-F]{4,6}/);
          assert.ok(!thrown.message.includes("secret"));
          return true;
        },
      );
    });
  }

  it("accepts every character that XML can contain", () => {
    assert.equal(advancedSettings({ x: "\t\n\r \u007f\u{1F680}\ufffd" }).length, 1);
  });

  it("accepts any character in user-data, because it is encoded", () => {
    const [[, value] = []] = advancedSettings({ "guestinfo.userdata": "\u0007" });
    assert.equal(value, "Bw==");
  });
});
