/** Complete markup that can be put into a page without escaping. */
export class Html {
  constructor(private readonly markup: string) {}

  toString(): string {
    return this.markup;
  }
}

export type Part = Html | string | number | undefined | readonly (Html | undefined)[];

/** A template that escapes its parts; only `Html` stays markup. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const pieces = strings.flatMap((text, index) => [text, rendered(parts[index])]);
  return new Html(pieces.join(""));
}

function rendered(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.toString();
  if (typeof part === "string" || typeof part === "number") return escape(String(part));
  return part.map((it) => it?.toString() ?? "").join("\n");
}

/** One of our messages, with text between backticks as code. */
export function prose(sentence: string): Html {
  const pieces = sentence.split(/`([^`]+)`/);
  const marked = pieces.map((piece, index) =>
    index % 2 === 0 ? escape(piece) : `<code>${escape(piece)}</code>`,
  );
  return new Html(marked.join(""));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for a page: markup is escaped, and characters that hide or reorder text are written as `\uXXXX`. */
export function escape(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => entities[character] ?? "")
    .replace(
      deceptive,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}

/** Control characters other than white space, and those that change the direction of text. */
const deceptive =
  // eslint-disable-next-line no-control-regex -- the expression has to match control characters
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
