/** Markup that is complete and safe to put into a page. */
export class Html {
  constructor(private readonly markup: string) {}

  toString(): string {
    return this.markup;
  }
}

export type Part = Html | string | number | undefined | readonly (Html | undefined)[];

/** A template whose parts become text, whatever they hold; only `Html` stays markup. */
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

/** A sentence of ours, in which what stands between backticks is code. */
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

/** Text for a page: without markup, and without characters that make text look like another one. */
export function escape(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => entities[character] ?? "")
    .replace(
      deceptive,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}

/** Control characters that a browser does not take for space, and those that turn the direction of writing. */
const deceptive =
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
