import assert from "node:assert/strict";
import { installedProblems } from "../../../../provider/plan/user-data/installed-problems";
import { readInstalledText } from "../../../../provider/plan/user-data/read-installed";

const header = "#cloud-config\n\n# Sources:\n# - /run/initramfs/live/files-iso/config.yaml\n\n";

describe("installedProblems", () => {
  const sound: readonly (readonly [string, string])[] = [
    ["an empty file", ""],
    ["a file of comments", header],
    [
      "the dump of an agent",
      `${header}install:\n    auto: true\n    bind_mounts: text\nstages:\n    boot:\n        - commands:\n            - date\n          name: a\nstylus:\n    site: {}\n`,
    ],
    [
      "a mode as YAML 1.1 writes it",
      "stages: {boot: [{files: [{path: /a, permissions: 0644}]}]}\n",
    ],
    ["a second document", "stages: {boot: [{name: a}]}\n---\nstages: text\n"],
    [
      "modes of `write_files` that the agent wrote as numbers",
      "write_files: [{path: /a, permissions: 420}]\n",
    ],
    [
      "numbers and truth values as text",
      "stages: {boot: [{hostname: 12, environment: {A: 1, B: yes}}]}\n",
    ],
    [
      "a number of more than 53 bits",
      "users: [{name: 12345678901234567890}]\nk3s: {token: 98765432109876543210}\n",
    ],
    ["an empty list for a list", "stages: {boot: [], fs: [{commands: []}]}\nusers: []\n"],
    ["keys of other readers", "k3s: [a]\np2p: text\n"],
  ];
  for (const [what, text] of sound) {
    it(`finds none in ${what}`, () => assert.deepEqual(installedProblems(text), []));
  }

  const broken: readonly (readonly [string, string, string])[] = [
    ["stages that are text", "stages: boot\n", "stages"],
    ["a stage that is a map", "stages:\n  boot:\n    name: a\n", "stages.boot"],
    ["a step that is text", "stages:\n  fs: [date]\n", "stages.fs"],
    [
      "a command that became a map",
      "stages:\n  fs:\n  - commands: [a, {b: c}]\n",
      "stages.fs[0].commands[1]",
    ],
    [
      "a mode as text",
      'stages: {fs: [{files: [{permissions: "0644"}]}]}\n',
      "stages.fs[0].files[0].permissions",
    ],
    ["an empty list for a text", "stages: {fs: [{hostname: []}]}\n", "stages.fs[0].hostname"],
    ["users in a map", "users: {a: {}}\n", "users"],
    [
      "a mode that is not octal",
      "write_files: [{permissions: 493}]\n",
      "write_files[0].permissions",
    ],
    ["a list as the file", "- a\n", ""],
    ["a text as the file", "hello\n", ""],
  ];
  for (const [what, text, path] of broken) {
    it(`names the path of ${what}`, () => {
      const [problem] = installedProblems(header + text);
      assert.ok(problem?.path.startsWith(path), problem?.path);
    });
  }

  it("names the line of a syntax error, and quotes nothing", () => {
    const [problem, ...more] = installedProblems("a: 1\nb: [secret-word\nc: 2\n");
    assert.deepEqual(more, []);
    assert.match(problem?.reason ?? "", /^line \d: /);
    assert.ok(!JSON.stringify(problem).includes("secret-word"));
  });

  it("finds a key that is there twice", () => {
    assert.match(installedProblems("a: 1\nb: 2\na: 3\n")[0]?.reason ?? "", /^line 3: .*same key/);
  });
});

describe("readInstalledText", () => {
  const values: readonly (readonly [string, unknown])[] = [
    ["0644", 0o644],
    ["0o644", 0o644],
    ["-0o7", -7],
    ["1_000", 1000],
    ["0x1F", 31],
    ["yes", true],
    ["Off", false],
    ["~", null],
    ["1:30", "1:30"],
    ["2026-11-29", "2026-11-29"],
    ["1.5", 1.5],
    ['"0644"', "0644"],
  ];
  for (const [source, value] of values) {
    it(`reads ${source} as Go's YAML packages do`, () =>
      assert.deepEqual(readInstalledText(`a: ${source}\n`).document, { a: value }));
  }
});
