import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stack } from "../e2e/stack";
import { eventLog } from "./operations";
import { World } from "./world";

/** The image of every case, as the text of its arguments. */
const base: Readonly<Record<string, string>> = {
  installer: 'folder + "/installer.iso"',
  machine: '{ diskSize: "1GiB", network: "isolated" }',
  formats: '["raw", { type: "qcow2", compression: "zlib" }]',
  userData: "{ hostname: 'one', stages: { boot: [{ commands: ['login hunter2'] }] } }",
  users: '[{ name: "ops", password: "first hunter2" }]',
  palette: '{ endpoint: "api.example.com", edgeHostToken: "token hunter2", debug: true }',
  triggers: '["hunter2", { release: "hunter2" }]',
};
const program = (change: Readonly<Record<string, string>> = {}): string => {
  const members = Object.entries({ ...base, ...change });
  return `new StylusImage("edge", args({ ${members.map((it) => it.join(": ")).join(", ")} }));`;
};

interface Case {
  readonly change: Readonly<Record<string, string>>;
  /** Lines of the diagnostics. */
  readonly reasons: readonly RegExp[];
  /** The changed lines of the image in the preview, with single spaces. */
  readonly shown: readonly string[];
}

const replaced = (name: string, from: string, to: string): Readonly<Record<string, string>> => ({
  [name]: base[name]!.replace(from, to),
});

const cases: Readonly<Record<string, Case>> = {
  "the size of the disk": {
    change: replaced("machine", "1GiB", "2GiB"),
    reasons: [/`machine\.diskSize` changed \(1 GiB then, 2 GiB now\)/],
    shown: ["~ machine: {", '~ diskSize: "1GiB" => "2GiB"'],
  },
  "the firmware, which was the default": {
    change: { machine: '{ diskSize: "1GiB", network: "isolated", firmware: "uefi" }' },
    reasons: [/`machine\.firmware` changed \(bios then, uefi now\)/],
    shown: ["~ machine: {", '+ firmware: "uefi"'],
  },
  "a key of the user-data": {
    change: replaced("userData", "login", "other"),
    reasons: [/The user-data \(`userData\.stages\.boot`\) changed/],
    shown: [
      "~ userData: {",
      "~ stages: {",
      "~ boot: [",
      "~ [0]: {",
      "~ commands: [",
      "~ [0]: [secret] => [secret]",
    ],
  },
  "a password of a user": {
    change: replaced("users", "first", "second"),
    reasons: [/The user-data \(`users\[0\]\.password`\) changed/],
    shown: ["~ users: [", "~ [0]: {", "~ password: [secret] => [secret]"],
  },
  "two fields of Palette, one of them a secret": {
    change: { palette: '{ endpoint: "api.example.com", edgeHostToken: "hunter2", debug: false }' },
    reasons: [/The user-data \(`palette\.edgeHostToken`; `palette\.debug`: true then, false now\)/],
    shown: ["~ palette: {", "~ debug: true => false", "~ edgeHostToken: [secret] => [secret]"],
  },
  "a trigger": {
    change: replaced("triggers", "release", "stage"),
    reasons: [/`triggers\[1\].*changed/],
    shown: ["~ triggers: [", "~ [1]: {", '- release: "hunter2"', '+ stage: "hunter2"'],
  },
  "an option of a format": {
    change: replaced("formats", "zlib", "zstd"),
    reasons: [
      /`formats\[1\]\.compression` changed \(zlib then, zstd now\)/,
      /qcow2 will be published at directory:/,
    ],
    shown: ["~ formats: [", "~ [1]: {", '~ compression: "zlib" => "zstd"'],
  },
  "a number of former images": {
    change: { keepPrevious: "2" },
    reasons: [/`keepPrevious` changed \(0 then, 2 now\)/],
    shown: ["+ keepPrevious: 2"],
  },
};

/** The changed lines of the image: what the preview shows as added, removed or updated. */
function shownChanges(output: string): string[] {
  const [, block = ""] = output.split(":StylusImage::edge]\n");
  const lines = block.slice(0, block.search(/^\S/m)).split("\n");
  return lines
    .map((line) => line.trim().replace(/\s+:/, ":").replace(/\s+/g, " "))
    .filter((line) => /^[-+~] /.test(line));
}

describe("Reasons in a preview", () => {
  let world: World;
  let stack: Stack;

  before(async () => {
    world = await World.create();
    stack = await world.stack("reasons", program(), { env: eventLog });
    await stack.up();
  });
  after(() => world.remove());

  for (const [what, { change, reasons, shown }] of Object.entries(cases)) {
    it(`P21: a preview names ${what}, and shows nothing else`, async () => {
      await world.rewrite(stack, program(change));
      const { output } = await stack.preview();
      for (const reason of reasons) assert.match(output, reason);
      assert.deepEqual(shownChanges(output), shown, output);
      // The values of triggers are not secret for Pulumi, and it shows these itself.
      const messages = output.replace(/^\s+[-+~].*$/gm, "");
      assert.doesNotMatch(messages, /hunter2/);
    });
  }

  it("P21: a preview shows the hashes of an installer whose content changed", async () => {
    await world.rewrite(stack, program());
    await writeFile(join(world.folder, "installer.iso"), "another installer");
    const { output } = await stack.preview();
    assert.match(output, /The installer changed \(SHA-256 [0-9a-f]{12} then, [0-9a-f]{12} now\)/);
    const [first, second, hashes = ""] = shownChanges(output);
    assert.deepEqual([first, second], ["~ resolved: {", "~ installer: {"]);
    assert.match(hashes, /^~ sha256: "[0-9a-f]{64}" => "[0-9a-f]{64}"$/);
  });
});
