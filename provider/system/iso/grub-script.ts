/** A word of a GRUB script. Variables in it are not expanded yet. */
export interface Word {
  /** Without quotes. A `$` that is quoted by single quotes is `literalDollar`. */
  readonly text: string;
}

/** A command with its words; a menu entry or a function has a body too. */
export interface Command {
  readonly type: "command";
  readonly words: readonly Word[];
  readonly body?: readonly Statement[] | undefined;
}

/** `if`, `elif` and `else`; a loop is one branch that may run. */
export interface Choice {
  readonly type: "choice";
  readonly branches: readonly Branch[];
}

interface Branch {
  /** Undefined for `else`. */
  readonly condition?: readonly Statement[] | undefined;
  readonly body: readonly Statement[];
}

export type Statement = Command | Choice;

/** Stands for a `$` that begins no variable; no configuration contains this private character. */
export const literalDollar = "\ue000";

interface Token {
  readonly type: "word" | "end";
  readonly text: string;
  /** Whether quotes or escapes are part of it: then it is no keyword and no brace. */
  readonly quoted: boolean;
}

/** Reads a grub.cfg as GRUB's shell does: words, quotes, comments, blocks and conditions. */
export function parseGrubScript(text: string): readonly Statement[] {
  return new Reader(tokenize(text)).statements([]);
}

class Reader {
  private position = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  /** Statements up to one of the keywords, which stays unread, or to the end of the text. */
  statements(until: readonly string[]): readonly Statement[] {
    const found: Statement[] = [];
    for (;;) {
      while (this.peek()?.type === "end") this.position += 1;
      const token = this.peek();
      if (token === undefined || (!token.quoted && until.includes(token.text))) return found;
      found.push(this.statement());
    }
  }

  private statement(): Statement {
    if (this.takeKeyword("if")) return this.condition();
    for (const loop of ["while", "until", "for"]) {
      if (!this.takeKeyword(loop)) continue;
      const condition = this.statements(["do"]);
      this.takeKeyword("do");
      const body = this.statements(["done"]);
      this.takeKeyword("done");
      return { type: "choice", branches: [{ condition: [...condition, unknown], body }] };
    }
    return this.command();
  }

  private condition(): Choice {
    const branches: Branch[] = [];
    do {
      const condition = this.statements(["then"]);
      this.takeKeyword("then");
      branches.push({ condition, body: this.statements(["elif", "else", "fi"]) });
    } while (this.takeKeyword("elif"));
    if (this.takeKeyword("else")) branches.push({ body: this.statements(["fi"]) });
    this.takeKeyword("fi");
    return { type: "choice", branches };
  }

  private command(): Command {
    const words: Word[] = [];
    for (;;) {
      const token = this.peek();
      if (token === undefined || token.type === "end") break;
      if (token.text === "{" && !token.quoted) {
        this.position += 1;
        const body = this.statements(["}"]);
        this.takeKeyword("}");
        return { type: "command", words, body };
      }
      if (token.text === "}" && !token.quoted && words.length > 0) break;
      words.push({ text: token.text });
      this.position += 1;
    }
    return { type: "command", words };
  }

  private peek(): Token | undefined {
    return this.tokens[this.position];
  }

  private takeKeyword(text: string): boolean {
    const token = this.peek();
    if (token?.text !== text || token.quoted) return false;
    this.position += 1;
    return true;
  }
}

/** A condition that cannot be decided here. */
const unknown: Command = { type: "command", words: [{ text: "unknown" }] };

function tokenize(text: string): readonly Token[] {
  const pattern =
    /\\\r?\n|[^\S\n]+|(?<end>\n|;|&&|\|\|?)|(?<comment>#[^\n]*)|(?<word>(?:"(?:\\[^]|[^"\\])*"|'[^']*'|\\[^\n]|[^\s"'\\;|&])+)|[^]/g;
  const tokens: Token[] = [];
  for (const { groups } of text.matchAll(pattern)) {
    if (groups?.["end"] !== undefined) tokens.push({ type: "end", text: "", quoted: false });
    const word = groups?.["word"];
    if (word === undefined) continue;
    tokens.push({ type: "word", text: unquote(word), quoted: /["'\\]/.test(word) });
  }
  return tokens;
}

function unquote(word: string): string {
  return word.replace(
    /"((?:\\[^]|[^"\\])*)"|'([^']*)'|\\([^])/g,
    (
      _whole,
      double: string | undefined,
      single: string | undefined,
      escaped: string | undefined,
    ) => {
      if (double !== undefined)
        return double.replace(/\\([$"\\])/g, (_, it: string) => literal(it));
      return literal(single ?? escaped ?? "");
    },
  );
}

function literal(text: string): string {
  return text.replaceAll("$", literalDollar);
}
