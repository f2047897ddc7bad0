import assert from "node:assert/strict";
import { liveRegion, reflowsRows } from "../../../../provider/cli/terminal/live-region";
import { openScreen } from "../../../terminal/screen";

/** A region on a screen of this size, and its writes. */
function regionOn(columns: number, rows: number) {
  const screen = openScreen(columns, rows, true);
  const size = { columns, rows };
  const writes: string[] = [];
  const write = (text: string): void => void writes.push(text);
  const stream = {
    write,
    get columns() {
      return size.columns;
    },
    get rows() {
      return size.rows;
    },
  };
  const region = liveRegion(stream, true);
  const draw = async (lines: readonly string[], above: readonly string[] = []): Promise<void> => {
    const from = writes.length;
    region.draw(
      lines.map((text) => ({ text, columns: text.length })),
      above,
    );
    for (const text of writes.slice(from)) await screen.show(text);
  };
  const resize = (newColumns: number, newRows: number): void => {
    screen.resize(newColumns, newRows);
    Object.assign(size, { columns: newColumns, rows: newRows });
  };
  return { screen, region, writes, draw, resize, stream };
}

describe("liveRegion", () => {
  it("draws each frame over the last one in one write, and writes nothing if nothing changed", async () => {
    const { screen, writes, draw } = regionOn(20, 10);
    await screen.show("$ command\n");
    await draw(["one", "two", "three"]);
    await draw(["one", "2", "three"]);
    assert.deepEqual(screen.lines(), ["$ command", "one", "2", "three"]);
    await draw(["one", "2", "three"]);
    await draw(["1"]);
    assert.deepEqual(screen.lines(), ["$ command", "1"]);
    assert.equal(writes.length, 3);
  });

  it("keeps messages above the frame, even while the screen scrolls", async () => {
    const { screen, draw } = regionOn(20, 5);
    const messages = Array.from({ length: 12 }, (_, at) => `message ${at}`);
    for (const line of messages) await draw(["one", "two"], [line]);
    assert.deepEqual(screen.lines(), [...messages, "one", "two"]);
  });

  it("wraps long messages, but not the rows of the frame", async () => {
    const { screen, draw } = regionOn(10, 6);
    await draw(["0123456789ABC", "end"], ["a message of 23 letters"]);
    await draw(["0123456789ABC", "End"]);
    assert.deepEqual(screen.lines(), ["a message ", "of 23 lett", "ers", "012345678C", "End"]);
    assert.ok(screen.wraps());
  });

  it("removes all of the last frame when the width of the terminal changes", async () => {
    const { screen, draw, resize } = regionOn(40, 12);
    const wide = ["a".repeat(39), "b".repeat(30), "c"];
    await screen.show("$ command\n");
    await draw(wide);
    for (const columns of [20, 12, 40, 9, 33]) {
      resize(columns, 12);
      const rows = wide.map((line) => line.slice(0, columns - 1));
      await draw(rows);
      assert.deepEqual(screen.lines(), ["$ command", ...rows]);
    }
  });

  it("hides the cursor while it draws, and shows it below the last frame", async () => {
    const { screen, region, writes, draw } = regionOn(20, 6);
    await draw(["one"]);
    assert.ok(!screen.isCursorVisible());
    region.release();
    await screen.show(writes.at(-1) ?? "");
    assert.ok(screen.isCursorVisible());
    await screen.show("done\n");
    assert.deepEqual(screen.lines(), ["one", "done"]);
    region.release();
    assert.equal(writes.length, 2);
  });

  it("has a default size if the terminal reports none", () => {
    const { region, stream } = regionOn(0, 0);
    assert.deepEqual(region.size(), { columns: 79, rows: 23 });
    assert.equal(stream.columns, 0);
  });

  const terminals: readonly (readonly [NodeJS.ProcessEnv, boolean])[] = [
    [{ TERM: "xterm-256color" }, true],
    [{ TERM: "xterm-256color", XTERM_VERSION: "XTerm(379)" }, false],
    [{ TERM: "linux" }, false],
    [{ TERM: "screen" }, false],
    [{ TERM: "screen-256color", TMUX: "/tmp/tmux-0/default,1,0" }, true],
    [{}, true],
  ];
  for (const [environment, expected] of terminals) {
    it(`decides whether rows reflow: ${JSON.stringify(environment)}`, () =>
      assert.equal(reflowsRows(environment), expected));
  }
});
