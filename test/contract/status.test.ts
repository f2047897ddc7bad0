import assert from "node:assert/strict";
import { execa } from "execa";
import { stripVTControlCharacters } from "node:util";
import type { Stack } from "../e2e/stack";
import { World } from "./world";

/** An install with twenty console lines and progress events per second. */
const talkative = { seconds: 12, chatter: 20, say: "<{%fg 1%}>copying" };
const consoleLines = talkative.seconds * talkative.chatter;

interface EngineEvent {
  readonly diagnosticEvent?: { readonly severity?: string; readonly message: string };
}

describe("Status (11)", () => {
  let world: World;
  let stack: Stack;
  before(async () => {
    world = await World.create(talkative);
    stack = await world.stack("status", `new StylusImage("edge", args());`);
  });
  after(() => world.remove());
  /** Uses another trigger each time, so that each `up` installs. */
  const nextImage = (trigger: number): Promise<void> =>
    world.rewrite(stack, `new StylusImage("edge", args({ triggers: [${trigger}] }));`);

  it("11: writes few lines to a log: each stage once, and the result", async () => {
    const { output } = await stack.up();
    const rows = output.split("\n").filter((line) => line.includes(":StylusImage"));
    assert.ok(rows.filter((row) => row.includes("installing")).length <= 2, output);
    assert.ok(rows.length <= 11, `${rows.length} rows of ${consoleLines} lines:\n${output}`);
    for (const stage of ["installing", "converting", "publishing"]) {
      assert.ok(
        rows.some((row) => row.includes(stage)),
        `${stage} is missing:\n${output}`,
      );
    }
    assert.match(output, /StylusImage edge created .*published: qcow2$/m);
  });

  it("11: writes few and readable events with `up --json`", async () => {
    await nextImage(1);
    const { output } = await stack.run(["up", "--yes", "--skip-preview", "--json"]);
    const messages = output
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => (JSON.parse(line) as EngineEvent).diagnosticEvent)
      // Pulumi's SDK writes the debug messages.
      .flatMap((event) => (event?.severity?.startsWith("info") === true ? event.message : []));
    assert.ok(messages.length >= 3 && messages.length <= 10, messages.join("\n"));
    const installing = messages.filter((message) => message.includes("installing"));
    assert.ok(installing.length >= 1 && installing.length <= 2, messages.join("\n"));
  });

  it("11: shows stage, amount, rate, remaining time and the console's last line on a terminal", async () => {
    await nextImage(2);
    const { stdout } = await execa(
      "script",
      ["-qec", "stty cols 250; pulumi up --yes --skip-preview --color never", "/dev/null"],
      {
        cwd: stack.folder,
        env: { ...stack.environment(), CI: "", TERM: "xterm" },
        stdin: "ignore",
      },
    );
    const shown = stripVTControlCharacters(stdout);
    const rows = shown.match(/installing \| \d+ MiB of 240 MiB[^\r\n]*/g) ?? [];
    assert.ok(
      rows.some((row) => /, \d+(\.\d)? MiB\/s, 10 s left \| <{ %fg 1%}>copying \d+/.test(row)),
      shown,
    );
    // The status changes every other second, not only at the beginning.
    const amounts = new Set(rows.map((row) => /\d+ MiB of/.exec(row)?.[0]));
    assert.ok(amounts.size >= 4, [...amounts].join(", "));
    assert.match(shown, /published: qcow2/);
  });
});
