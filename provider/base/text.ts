/** Characters that no text of a configuration needs: control characters but tab and line feed. */
// eslint-disable-next-line no-control-regex -- these are the characters to find
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
/** Characters that nobody sees and that come along when a text is copied from a page. Joiners are part of some scripts. */
const invisible = /[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069]/;
/** The sign that a decoder writes for bytes that it cannot decode. */
const undecoded = "\ufffd";
const byteOrderMark = "\ufeff";

/** Why a text of one or more lines cannot be used, to follow the name of its property or file; undefined if it can. */
export function textProblem(text: string): string | undefined {
  if (text.includes("\0")) {
    return "holds a NUL character: it is UTF-16 or binary data that was read as UTF-8; write it as UTF-8";
  }
  if (text.includes(undecoded)) {
    return `holds U+FFFD${lineOf(text, undecoded)}, which stands for characters that were lost because the text was not read in its own encoding; write it as UTF-8`;
  }
  // One at the beginning is no part of the text.
  if (text.lastIndexOf(byteOrderMark) > 0) {
    return `holds a byte order mark${lineOf(text, byteOrderMark, 1)}, as joined files have; remove it`;
  }
  const lines = withLineFeeds(text);
  const [found] = control.exec(lines) ?? [];
  if (found === undefined) return undefined;
  const name = found === "\r" ? "a carriage return without a line feed" : codeOf(found);
  return `holds ${name}${lineOf(lines, found)}, a control character; remove it`;
}

/** The same for a text that must be one line, such as a token. */
export function lineProblem(text: string): string | undefined {
  const problem = textProblem(text);
  if (problem !== undefined) return problem;
  if (text.startsWith(byteOrderMark)) {
    return "begins with a byte order mark, which is no part of the text; remove it";
  }
  if (/[\r\n\u2028\u2029]/.test(text)) {
    return /^[^\r\n\u2028\u2029]*[\r\n]+$/.test(text)
      ? "ends with a line break; remove it, in a program with `.trim()`"
      : "holds a line break, and must be one line";
  }
  if (text.includes("\t")) return "holds a tab, a control character; remove it";
  const [found] = invisible.exec(text) ?? [];
  return found === undefined
    ? undefined
    : `holds ${codeOf(found)}, an invisible character, as text copied from a page may; remove it`;
}

/** The text with line feeds in place of the line ends of Windows, and without a byte order mark at its beginning. */
export function plainText(text: string): string {
  return withLineFeeds(text.startsWith(byteOrderMark) ? text.slice(1) : text);
}

function withLineFeeds(text: string): string {
  return text.replace(/\r\n/g, "\n");
}

function lineOf(text: string, found: string, from = 0): string {
  const lines = text.slice(0, text.indexOf(found, from)).split("\n");
  return text.trimEnd().includes("\n") ? ` in line ${lines.length}` : "";
}

function codeOf(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}
