import { Lexer } from "yaml";

/** A bracket or quote of a YAML text that has no counterpart. */
interface Unclosed {
  /** Position in the text. */
  readonly at: number;
  readonly reason: string;
}

const closing: Readonly<Record<string, string>> = { "[": "]", "{": "}" };
/** Marks of the lexer that are not in the text: the begin of a document and of a scalar, the end of a flow collection. */
const marks = new Set(["\u0002", "\u001f", "\u0018"]);

/**
 * Where brackets and quotes open that are never closed. The parser reports them where it gives up, which may be the end of
 * the text.
 */
export function findUnclosed(text: string): readonly Unclosed[] {
  const found: Unclosed[] = [];
  const open: { readonly mark: string; readonly at: number }[] = [];
  const giveUp = (from: number): void => {
    for (const { mark, at } of open.splice(from)) found.push({ at, reason: neverClosed(mark) });
  };
  let at = 0;
  for (const token of new Lexer().lex(text)) {
    if (marks.has(token)) {
      if (token === "\u0018") giveUp(0);
      continue;
    }
    if (Object.hasOwn(closing, token)) open.push({ mark: token, at });
    if (token === "]" || token === "}") {
      const counterpart = open.findLastIndex(({ mark }) => closing[mark] === token);
      // What opens inside of a pair that is closed is not closed itself.
      if (counterpart !== -1) giveUp(counterpart + 1);
      const opened = open.pop();
      if (counterpart === -1) {
        found.push({ at: opened?.at ?? at, reason: closedBy(opened?.mark, token) });
      }
    }
    if (isOpenQuote(token)) found.push({ at, reason: quoteNeverClosed(token.slice(0, 1)) });
    at += token.length;
  }
  giveUp(0);
  return found.sort((a, b) => a.at - b.at);
}

function neverClosed(mark: string): string {
  return `a closing bracket is missing: the \`${mark}\` that opens here is not followed by its \`${closing[mark] ?? ""}\``;
}

function quoteNeverClosed(quote: string): string {
  return `a closing quote is missing: the \`${quote}\` that opens here has no counterpart`;
}

function closedBy(mark: string | undefined, token: string): string {
  return mark === undefined
    ? `the closing bracket \`${token}\` has no opening one`
    : `the \`${mark}\` that opens here is closed by \`${token}\``;
}

function isOpenQuote(token: string): boolean {
  if (token.startsWith("'")) return !/^'(?:[^']|'')*'$/.test(token);
  return token.startsWith('"') && !/^"(?:[^"\\]|\\.)*"$/s.test(token);
}
