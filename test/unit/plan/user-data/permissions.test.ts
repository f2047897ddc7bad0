import assert from "node:assert/strict";
import { documentOf, testRefusals } from "./generated";

describe("file modes", () => {
  it("are numbers in stages, however they are written", () => {
    const text =
      'stages:\n  boot:\n    - files:\n        - {path: a, permissions: 0644}\n        - {path: b, permissions: 0o600}\n        - {path: c, permissions: "0755"}\n';
    const [step] = (documentOf({ userData: text }).stages as { boot: [{ files: [] }] }).boot;
    assert.deepEqual(step.files, [
      { path: "a", permissions: 0o644 },
      { path: "b", permissions: 0o600 },
      { path: "c", permissions: 0o755 },
    ]);
  });

  it("are octal text in cloud-init's write_files", () =>
    assert.deepEqual(
      documentOf({ userData: { write_files: [{ path: "a", permissions: 0o644 }] } }).write_files,
      [{ path: "a", permissions: "0644" }],
    ));

  testRefusals([
    [
      "a mode that lacks its zero",
      { userData: { stages: { boot: [{ files: [{ permissions: 644 }] }] } } },
      "userData.stages.boot[0].files[0].permissions",
      /0644/,
    ],
  ]);
});
