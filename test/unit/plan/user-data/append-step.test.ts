import assert from "node:assert/strict";
import { appendStep } from "../../../../provider/plan/user-data/append-step";
import { parseLikeGo } from "../../../../provider/plan/user-data/read-installed";

const step = { name: "seen", commands: [`echo "a: b" # it's`] } as const;

/** The texts before and behind what was inserted; fails if any other byte changed. */
function insertedInto(text: string, stage = "boot"): { readonly inserted: string; data: unknown } {
  const longer = appendStep(text, stage, step);
  assert.ok(longer !== undefined, "no place for the step");
  let same = 0;
  while (same < text.length && longer[same] === text[same]) same += 1;
  assert.ok(longer.endsWith(text.slice(same)), "another byte changed");
  const inserted = longer.slice(same, longer.length - (text.length - same));
  return { inserted, data: parseLikeGo(longer).toJS() };
}

describe("appendStep", () => {
  const header = "#cloud-config\n\n";
  const cases: readonly (readonly [string, string, unknown])[] = [
    [
      "as the agent writes it, with four spaces",
      `${header}# Sources:\n# - cmdline\n\nstages:\n    boot:\n        - commands:\n            - date\n    network:\n        - hostname: a\n`,
      { stages: { boot: [{ commands: ["date"] }, step], network: [{ hostname: "a" }] } },
    ],
    [
      "whose lists are not indented",
      `${header}stages:\n  boot:\n  - if: "true"\n    commands:\n    - date\ninstall:\n  auto: true\n`,
      {
        stages: { boot: [{ if: "true", commands: ["date"] }, step] },
        install: { auto: true },
      },
    ],
    [
      "that ends in a text of several lines",
      `${header}stages:\n  boot:\n    - files:\n        - path: /a\n          content: |+\n            one: two\n\n\n`,
      { stages: { boot: [{ files: [{ path: "/a", content: "one: two\n\n\n" }] }, step] } },
    ],
    [
      "that ends without a line break",
      `${header}stages:\n  boot:\n    - name: x`,
      { stages: { boot: [{ name: "x" }, step] } },
    ],
    [
      "in flow style",
      `${header}{"stages": {"boot": [{"name": "x"}]}, "install": {}}\n`,
      { stages: { boot: [{ name: "x" }, step] }, install: {} },
    ],
    [
      "in flow style with a last comma",
      `${header}stages: {boot: [{name: x}, ]}\n`,
      { stages: { boot: [{ name: "x" }, step] } },
    ],
    ["with an empty stage", `${header}stages:\n  boot: []\n`, { stages: { boot: [step] } }],
    [
      "without this stage",
      `${header}stages:\n    initramfs:\n        - hostname: a\n`,
      { stages: { initramfs: [{ hostname: "a" }], boot: [step] } },
    ],
    [
      "without stages",
      `${header}install:\n  auto: true\n`,
      { install: { auto: true }, stages: { boot: [step] } },
    ],
    [
      "with comments behind the stage",
      `${header}stages:\n  boot:\n    - name: x # why\n    # more\n  # less\n  fs: [{name: b}]\n`,
      { stages: { boot: [{ name: "x" }, step], fs: [{ name: "b" }] } },
    ],
    [
      "that ends with a document marker",
      `---\nstages:\n  boot:\n    - name: x\n...\n`,
      { stages: { boot: [{ name: "x" }, step] } },
    ],
    [
      "with Windows' line breaks",
      "#cloud-config\r\nstages:\r\n  boot:\r\n    - name: x\r\ninstall: {}\r\n",
      { stages: { boot: [{ name: "x" }, step] }, install: {} },
    ],
  ];
  for (const [what, text, expected] of cases) {
    it(`changes no other byte of a configuration ${what}`, () => {
      assert.deepEqual(insertedInto(text).data, expected);
    });
  }

  it("leaves values as they are that a writer of YAML would change", () => {
    const text = `stages:\n  boot:\n    - files: [{path: /a, permissions: 0644, owner: 0o17}]\n      if: 1_0\n`;
    const { data } = insertedInto(text);
    assert.deepEqual(data, {
      stages: {
        boot: [{ files: [{ path: "/a", permissions: 0o644, owner: 0o17 }], if: 10 }, step],
      },
    });
  });

  it("has a result for each of several stages in turn", () => {
    const first = appendStep("stages:\n  fs:\n    - name: x\n", "fs", step);
    assert.deepEqual(insertedInto(first ?? "").data, {
      stages: { fs: [{ name: "x" }, step], boot: [step] },
    });
  });

  const refused: readonly (readonly [string, string])[] = [
    ["is no map", "- a\n"],
    ["is no YAML", "stages: [\n"],
    ["is empty", "#cloud-config\n"],
    ["has stages of another type", "stages: text\n"],
    ["has a list of stages", "stages: [boot]\n"],
    ["has a stage of another type", "stages: {boot: {name: x}}\n"],
    ["has one list for two stages", "stages:\n  fs: &steps\n  - name: x\n  boot: *steps\n"],
    ["has the list of a stage elsewhere too", "stages:\n  boot: &s\n  - name: x\n  fs: *s\n"],
  ];
  for (const [what, text] of refused) {
    it(`refuses a text that ${what}`, () =>
      assert.equal(appendStep(text, "boot", step), undefined));
  }
});
