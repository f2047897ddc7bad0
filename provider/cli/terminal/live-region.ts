/** A row as it is to be written, and how many columns it takes. */
export interface DrawnRow {
  readonly text: string;
  readonly columns: number;
}

export interface Screen {
  readonly write: (text: string) => unknown;
  /** Undefined or 0 where a terminal does not say. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** The last rows of a terminal, which are drawn again and again; what is said meanwhile stands above them. */
export interface LiveRegion {
  /** Room for a frame: the cursor has a row of its own below it. */
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** Draws a frame in one write; the lines above it stay. */
  readonly draw: (rows: readonly DrawnRow[], above: readonly string[]) => void;
  /** Leaves the last frame where it stands, and the cursor below it; the next frame begins there. */
  readonly release: () => void;
}

const hideCursor = "\u001b[?25l";
const showCursor = "\u001b[?25h";
const clearRest = "\u001b[K";
const clearBelow = "\u001b[J";
/** Whatever a terminal takes for the width of a rare character, no row becomes two. */
const cutLongRows = "\u001b[?7l";
const wrapLongRows = "\u001b[?7h";
/** Shown at once by terminals that know it; the others ignore it. */
const beginFrame = "\u001b[?2026h";
const endFrame = "\u001b[?2026l";

/**
 * `reflows` says that the terminal breaks rows that became too long when it is made narrower, as nearly all do: then
 * a frame takes more rows than were written.
 */
export function liveRegion(screen: Screen, reflows: boolean): LiveRegion {
  let last: readonly DrawnRow[] = [];
  let lastSize = "";
  let isActive = false;

  const size = (): { columns: number; rows: number } => ({
    // One less than there are: some terminals wrap when the last one is written.
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
      rows.length === last.length && rows.every(({ text }, at) => is(last[at], text));
    if (!isFresh && unchanged) return;
    const back = heightNow();
    const up = back > 0 ? `\u001b[${back}A\r` : "\r";
    const said = above.map((line) => `${line}\n`).join("");
    const drawn = rows.map((row, at) =>
      !isFresh && is(last[at], row.text) ? "\n" : `${row.text}${clearRest}\n`,
    );
    const clear = isFresh ? clearBelow : "";
    screen.write(
      `${beginFrame}${isActive ? "" : hideCursor}${up}${clear}${said}${cutLongRows}${drawn.join("")}${clearBelow}${wrapLongRows}${endFrame}`,
    );
    // Longer ones were cut.
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

function is(row: DrawnRow | undefined, text: string): boolean {
  return row?.text === text;
}

/** xterm, the Linux console and GNU screen cut rows; tmux calls itself screen, too. */
export function reflowsRows(environment: NodeJS.ProcessEnv): boolean {
  const { TERM: terminal = "", TMUX: tmux, XTERM_VERSION: xterm } = environment;
  if (xterm !== undefined || terminal === "linux") return false;
  return !terminal.startsWith("screen") || tmux !== undefined;
}
