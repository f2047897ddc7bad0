import { Terminal } from "@xterm/headless";

/** What a person sees of a program's output. */
export interface Screen {
  /** Settles when it is shown. */
  readonly show: (text: string) => Promise<void>;
  readonly resize: (columns: number, rows: number) => void;
  /** Everything from the first row that can be scrolled back to; empty rows at the end are left out. */
  readonly lines: () => string[];
  readonly isCursorVisible: () => boolean;
  /** Whether a long row goes on in the next one, as it does in every terminal at first. */
  readonly wraps: () => boolean;
  readonly terminal: Terminal;
}

/** A terminal without a window. `isRaw` is for output that no terminal device has gone through. */
export function openScreen(columns: number, rows: number, isRaw = false): Screen {
  const terminal = new Terminal({
    cols: columns,
    rows,
    scrollback: 1000,
    convertEol: isRaw,
    allowProposedApi: true,
  });
  let isCursorVisible = true;
  const follow = (isVisible: boolean) => (numbers: (number | number[])[]) => {
    if (numbers.includes(25)) isCursorVisible = isVisible;
    return false;
  };
  terminal.parser.registerCsiHandler({ prefix: "?", final: "h" }, follow(true));
  terminal.parser.registerCsiHandler({ prefix: "?", final: "l" }, follow(false));
  return {
    show: (text) => new Promise((resolve) => terminal.write(text, resolve)),
    resize: (newColumns, newRows) => terminal.resize(newColumns, newRows),
    lines: () => {
      const { active } = terminal.buffer;
      const lines = Array.from(
        { length: active.length },
        (_, at) => active.getLine(at)?.translateToString(true) ?? "",
      );
      return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
    },
    isCursorVisible: () => isCursorVisible,
    wraps: () => terminal.modes.wraparoundMode,
    terminal,
  };
}
