import assert from "node:assert/strict";
import { announcesSecret, secretsInText } from "../../../../provider/plan/user-data/secret-words";

describe("secretsInText", () => {
  const hostile: readonly (readonly [what: string, text: string])[] = [
    ["a chain of assignments", "a=".repeat(30_000)],
    ["a chain of keys", "password: ".repeat(6000)],
    ["a chain of pairs", `${"a:".repeat(30_000)}@`],
    ["quotes", `${"'".repeat(30_000)}${"\"' ".repeat(10_000)}`],
    ["an open quote", `"${"a ".repeat(30_000)}`],
    ["dashes", "-".repeat(60_000)],
    ["dots", `${"a.".repeat(30_000)}!`],
    ["slashes", `${"/a".repeat(30_000)}!`],
    ["nested lists", "[".repeat(30_000)],
    ["spaces", `x${" ".repeat(60_000)}y`],
    ["lines", "a\n".repeat(30_000)],
    ["escaped quotes of JSON", `A="${'{\\"auth\\":\\"dTpwAAAA\\"},'.repeat(5000)}"`],
    ["brackets in a word", `x${"(".repeat(60_000)}x${"]".repeat(60_000)}x`],
    ["stops in a word", `x${".".repeat(60_000)}x`],
    ["colons behind an @", `x@${":".repeat(60_000)}x`],
    ["separators of lines within a line", `key: ${" ".repeat(60_000)}x\u2028`],
    ["tags of sudo", `${"NOPASSWD: ".repeat(10_000)}x`],
    ["words of the name service", `passwd:${" files".repeat(10_000)} x`],
  ];
  // A slow or recursive search would end the test by its time limit or by an overflow of the stack.
  for (const [what, text] of hostile) {
    it(`ends for ${what}`, () => {
      for (const isSecret of [true, false]) secretsInText(text, isSecret);
    }).timeout(10_000);
  }

  const harmless = [
    "install",
    "Rebooting",
    "/oem/90_custom.yaml",
    "--no-install-recommends",
    "10.0.0.0/16",
  ];
  for (const text of [
    ...harmless,
    "${HOME}",
    "2026-11-29",
    "v1.32.1+k3s1",
    "registry.example.com/a/b:v1",
  ]) {
    it(`finds nothing in ${text}`, () => assert.deepEqual(secretsInText(text, false), []));
  }
  it("finds nothing in a secret that is a single common word", () => {
    assert.deepEqual(secretsInText("install", true), []);
  });
});

describe("announcesSecret", () => {
  for (const word of [
    "--token",
    "-u",
    "--user",
    "--ca-key",
    "Bearer",
    "password:",
    "PASSWORD=",
    "--psk",
  ]) {
    it(`by ${word}`, () => assert.equal(announcesSecret(word), true));
  }
  for (const word of ["--verbose", "-f", "echo", "name:", "--public-key", undefined, 7]) {
    it(`not by ${word ?? "nothing"}`, () => assert.equal(announcesSecret(word), false));
  }
});
