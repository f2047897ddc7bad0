import { styleText } from "node:util";

type Environment = Readonly<Record<string, string | undefined>>;

/** The meaning of a text, which the theme turns into a colour. */
export type Style = "plain" | "strong" | "faint" | "active" | "good" | "bad" | "warning";

export interface Glyphs {
  readonly finished: string;
  readonly skipped: string;
  readonly failed: string;
  readonly coming: string;
  /** The frames of the spinner, each one column wide. */
  readonly running: readonly string[];
  readonly barFull: string;
  /** Half a column, between the full and the empty part. */
  readonly barEdge: string;
  readonly barEmpty: string;
  readonly ellipsis: string;
}

/** How a terminal shows text. */
export interface Theme {
  readonly glyphs: Glyphs;
  readonly paint: (text: string, style: Style) => string;
}

export function themeFor(environment: Environment, isTerminal: boolean): Theme {
  const paint = usesColor(environment, isTerminal) ? painted : (text: string): string => text;
  return { glyphs: glyphsFor(environment), paint };
}

/** FORCE_COLOR takes precedence over NO_COLOR, as in Node. Logs of CI services have colours only on demand. */
export function usesColor(environment: Environment, isTerminal: boolean): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: refused, TERM: terminal } = environment;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  if (refused !== undefined && refused !== "") return false;
  return isTerminal && terminal !== "dumb" && !isCi(environment);
}

export function isCi({ CI: value = "" }: Environment): boolean {
  return value !== "" && value !== "false" && value !== "0";
}

const unicodeGlyphs: Glyphs = {
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

const asciiGlyphs: Glyphs = {
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

/** ASCII for the Linux console, whose font has 256 characters, and for locales other than UTF-8. */
export function glyphsFor({ LC_ALL, LC_CTYPE, LANG, TERM }: Environment): Glyphs {
  const locale = [LC_ALL, LC_CTYPE, LANG].find((it) => it !== undefined && it !== "") ?? "";
  return /utf-?8/i.test(locale) && TERM !== "linux" ? unicodeGlyphs : asciiGlyphs;
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

/** `usesColor` has decided for the stream in use; styleText would check standard output. */
function colored(format: Parameters<typeof styleText>[0], text: string): string {
  return styleText(format, text, { validateStream: false });
}
