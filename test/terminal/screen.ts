import { Terminal } from "@xterm/headless";

/** An emulated terminal screen. */
export interface Screen {
  /** Resolves when the text is shown. */
  readonly show: (text: string) => Promise<void>;
  readonly resize: (columns: number, rows: number) => void;
  /** All rows including the scrollback, without empty rows at the end. */
  readonly lines: () => string[];
  readonly isCursorVisible: () => boolean;
  /** Whether long rows wrap, which is the default of terminals. */
  readonly wraps: () => boolean;
  readonly terminal: Terminal;
}

/** A terminal without a window. `isRaw` is for output that did not pass through a terminal device. */
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
