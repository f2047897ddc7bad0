/** The text of a row with its escape codes, and its width in columns. */
interface DrawnRow {
  readonly text: string;
  readonly columns: number;
}

export interface Screen {
  readonly write: (text: string) => unknown;
  /** Undefined or 0 if the terminal does not report it. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** The last rows of a terminal, which are redrawn in place; messages are written above them. */
interface LiveRegion {
  /** The size of a frame. The cursor needs one row below it. */
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** Writes a frame in one call, and `above` as permanent lines above it. */
  readonly draw: (rows: readonly DrawnRow[], above: readonly string[]) => void;
  /** Keeps the last frame on the screen and moves on below it. */
  readonly release: () => void;
}

const hideCursor = "\u001b[?25l";
const showCursor = "\u001b[?25h";
const clearRest = "\u001b[K";
const clearBelow = "\u001b[J";
/** Prevents a row from wrapping if the terminal disagrees about the width of a rare character. */
const cutLongRows = "\u001b[?7l";
const wrapLongRows = "\u001b[?7h";
/** Synchronized output: terminals that support it show the frame at once, others ignore it. */
const beginFrame = "\u001b[?2026h";
const endFrame = "\u001b[?2026l";

/**
 * `reflows` means that the terminal wraps existing rows when it becomes narrower, as most do: then the last frame
 * takes up more rows than were written.
 */
export function liveRegion(screen: Screen, reflows: boolean): LiveRegion {
  let last: readonly DrawnRow[] = [];
  let lastSize = "";
  let isActive = false;

  const size = (): { columns: number; rows: number } => ({
    // One column less: some terminals wrap after a character in the last column.
    columns: (screen.columns || 80) - 1,
    rows: (screen.rows || 24) - 1,
  });
  const heightNow = (): number => {
    const columns = size().columns + 1;
    if (!reflows) return last.length;
    return last.reduce((sum, row) => sum + Math.max(1, Math.ceil(row.columns / columns)), 0);
  };
  const draw = (rows: readonly DrawnRow[], above: readonly string[]): void => {
    const { columns } = size();
    const sizeNow = `${columns} ${size().rows}`;
    const isFresh = above.length > 0 || sizeNow !== lastSize;
    const unchanged =
      rows.length === last.length && rows.every(({ text }, at) => hasText(last[at], text));
    if (!isFresh && unchanged) return;
    const back = heightNow();
    const up = back > 0 ? `\u001b[${back}A\r` : "\r";
    const messages = above.map((line) => `${line}\n`).join("");
    const drawn = rows.map((row, at) =>
      !isFresh && hasText(last[at], row.text) ? "\n" : `${row.text}${clearRest}\n`,
    );
    const clear = isFresh ? clearBelow : "";
    screen.write(
      `${beginFrame}${isActive ? "" : hideCursor}${up}${clear}${messages}${cutLongRows}${drawn.join("")}${clearBelow}${wrapLongRows}${endFrame}`,
    );
    // The terminal has cut longer rows.
    last = rows.map((row) => ({ ...row, columns: Math.min(row.columns, columns) }));
    lastSize = sizeNow;
    isActive = true;
  };
  const release = (): void => {
    if (isActive) screen.write(showCursor);
    last = [];
    lastSize = "";
    isActive = false;
  };
  return { size, draw, release };
}

function hasText(row: DrawnRow | undefined, text: string): boolean {
  return row?.text === text;
}

/** xterm, the Linux console and GNU screen cut rows. tmux reflows, and its TERM may start with "screen", too. */
export function reflowsRows(environment: NodeJS.ProcessEnv): boolean {
  const { TERM: terminal = "", TMUX: tmux, XTERM_VERSION: xterm } = environment;
  if (xterm !== undefined || terminal === "linux") return false;
  return !terminal.startsWith("screen") || tmux !== undefined;
}
