import { styleText } from "node:util";

type Environment = Readonly<Record<string, string | undefined>>;

/** What a piece of text is, and not which colour it has. */
export type Style = "plain" | "strong" | "faint" | "active" | "good" | "bad" | "warning";

export interface Glyphs {
  readonly finished: string;
  readonly skipped: string;
  readonly failed: string;
  readonly coming: string;
  /** One after the other, each a column wide. */
  readonly running: readonly string[];
  readonly barFull: string;
  /** Between what is full and what is empty. */
  readonly barEdge: string;
  readonly barEmpty: string;
  readonly ellipsis: string;
}

export interface Look {
  readonly glyphs: Glyphs;
  readonly paint: (text: string, style: Style) => string;
}

export function lookFor(environment: Environment, isTerminal: boolean): Look {
  const paint = usesColor(environment, isTerminal) ? painted : (text: string): string => text;
  return { glyphs: glyphsFor(environment), paint };
}

/** FORCE_COLOR beats NO_COLOR, as it does in Node. A log that a CI service keeps has colours only on demand. */
export function usesColor(environment: Environment, isTerminal: boolean): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: refused, TERM: terminal } = environment;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  if (refused !== undefined && refused !== "") return false;
  return isTerminal && terminal !== "dumb" && !isCi(environment);
}

export function isCi({ CI: value = "" }: Environment): boolean {
  return value !== "" && value !== "false" && value !== "0";
}

const drawn: Glyphs = {
  finished: "✓",
  skipped: "–",
  failed: "✗",
  coming: "·",
  running: ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
  barFull: "━",
  barEdge: "╸",
  barEmpty: "─",
  ellipsis: "…",
};

const typed: Glyphs = {
  finished: "+",
  skipped: "-",
  failed: "x",
  coming: " ",
  running: ["|", "/", "-", "\\"],
  barFull: "#",
  barEdge: ">",
  barEmpty: ".",
  ellipsis: "~",
};

/** The Linux console has a font of 256 characters; another locale than UTF-8 shows three odd ones for each of ours. */
export function glyphsFor({ LC_ALL, LC_CTYPE, LANG, TERM }: Environment): Glyphs {
  const locale = [LC_ALL, LC_CTYPE, LANG].find((it) => it !== undefined && it !== "") ?? "";
  return /utf-?8/i.test(locale) && TERM !== "linux" ? drawn : typed;
}

function painted(text: string, style: Style): string {
  switch (style) {
    case "plain":
      return text;
    case "strong":
      return colored("bold", text);
    case "faint":
      return colored("dim", text);
    case "active":
      return colored("cyan", text);
    case "good":
      return colored("green", text);
    case "bad":
      return colored("red", text);
    case "warning":
      return colored("yellow", text);
  }
}

/** Whether there are colours was decided for the stream that is written to, and not for standard output. */
function colored(format: Parameters<typeof styleText>[0], text: string): string {
  return styleText(format, text, { validateStream: false });
}
