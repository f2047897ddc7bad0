import assert from "node:assert/strict";
import { parse } from "yaml";
import type { JsonMap } from "../../../../provider/base/json";
import { renderUserData } from "../../../../provider/plan/user-data/write-yaml";
import { StylusError } from "../../../../provider/base/errors";
import { awkwardDocument } from "./samples";

describe("renderUserData", () => {
  it("writes the header, sorted keys, block style and block text", () => {
    const document: JsonMap = {
      stages: {
        initramfs: [
          { name: "Set up", commands: ["echo a: b", "true"], files: [{ content: "x\n  y\n" }] },
        ],
      },
      install: { poweroff: true, size: 3 },
    };
    assert.equal(
      renderUserData(document),
      [
        "#cloud-config",
        "install:",
        "  poweroff: true",
        "  size: 3",
        "stages:",
        "  initramfs:",
        "    - commands:",
        '        - "echo a: b"',
        '        - "true"',
        "      files:",
        "        - content: |",
        "            x",
        "              y",
        "      name: Set up",
        "",
      ].join("\n"),
    );
  });

  it("gives one text for maps that differ in the order of keys only", () =>
    assert.equal(renderUserData({ a: 1, b: 2 }), renderUserData({ b: 2, a: 1 })));

  for (const word of [
    "yes",
    "No",
    "on",
    "OFF",
    "y",
    "null",
    "~",
    "True",
    "0644",
    "1:30",
    "1_000",
    "1e3",
    "2024-01-01",
    "=",
    "<<",
    "-",
    "",
    " a",
    "a ",
    "a: b",
    "a #b",
    "#a",
    "*a",
    "&a",
    "!a",
    "%a",
    "@a",
    "`a",
    "{a",
    "[a",
    ".5",
    ".inf",
    "0x1F",
    "---",
  ]) {
    it(`quotes the text "${word}", as value and as key`, () =>
      assert.equal(renderUserData({ [word]: word }), `#cloud-config\n"${word}": "${word}"\n`));
  }

  it("does not fold long text", () => {
    const long = "word ".repeat(200).trim();
    assert.equal(renderUserData({ a: long }), `#cloud-config\na: ${long}\n`);
  });

  for (const version of ["1.1", "1.2"] as const) {
    it(`is read back unchanged by a reader of YAML ${version}`, () =>
      assert.deepEqual(parse(renderUserData(awkwardDocument), { version }), awkwardDocument));
  }

  it("refuses a text that the installer would ignore as too large", () => {
    assert.throws(
      () => renderUserData({ a: "ä".repeat(500_000) }),
      (thrown) =>
        thrown instanceof StylusError &&
        thrown.code === "user-data.refused" &&
        /1000000/.test(thrown.message),
    );
  });
});
