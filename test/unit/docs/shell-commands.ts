/** A simple command of a shell: its program and arguments, without variables before it and redirections. */
export interface ShellCommand {
  readonly words: readonly string[];
  readonly line: number;
}

export interface ShellLine {
  readonly text: string;
  readonly line: number;
}

/**
 * The simple commands in code of the language `console`, `sh` or `bash`. It handles quotes, continued lines, comments,
 * pipes, lists, subshells and redirections; `$(...)` stays one word.
 */
export function shellCommands(language: string, code: string, firstLine: number): ShellCommand[] {
  return shellLines(language, code, firstLine).flatMap(({ text, line }) =>
    split(text).map((words) => ({ words: withoutAssignments(words), line })),
  );
}

/** The lines to type, each with those that continue it; in code of the language `console` they follow `$ `. */
export function shellLines(language: string, code: string, firstLine: number): ShellLine[] {
  const lines = code.split("\n").map((text, index) => ({ text, line: firstLine + index }));
  return joined(language === "console" ? typed(lines) : lines);
}

export const isShell = (language: string): boolean => ["console", "sh", "bash"].includes(language);

/** The lines after a prompt; the others are output. */
function typed(lines: readonly ShellLine[]): ShellLine[] {
  let continues = false;
  return lines.flatMap(({ text, line }) => {
    const command = continues ? text : /^\$ (.*)$/.exec(text)?.[1];
    continues = command?.endsWith("\\") ?? false;
    return command === undefined ? [] : [{ text: command, line }];
  });
}

function joined(lines: readonly ShellLine[]): ShellLine[] {
  const result: { text: string; line: number }[] = [];
  let continues = false;
  for (const { text, line } of lines) {
    const part = text.replace(/\\$/, " ");
    const last = result.at(-1);
    if (continues && last !== undefined) last.text += part;
    else result.push({ text: part, line });
    continues = text.endsWith("\\");
  }
  return result;
}

/** `<your name>` stands for a word; with a space on its left side and none on the right, `<` is a redirection. */
const word =
  /(?:'[^']*'|"(?:\\.|\$\([^)]*\)|[^"\\])*"|\$\((?:[^()]|\([^)]*\))*\)|<\w[^<>]*>|\\.|[^\s;|&()'"\\<>])+/;
const redirection = /\d*(?:>>?|<)&?\s*[\w./$&-]+/;
const token = new RegExp(
  [
    "(?<space>\\s+)",
    "(?<comment>#.*)",
    `(?!\\d*>)(?<word>${word.source})`,
    `(?<redirection>${redirection.source})`,
    "(?<end>&&|\\|\\||[;|&()])",
  ].join("|"),
  "y",
);

function split(text: string): string[][] {
  const commands: string[][] = [[]];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const groups = token.exec(text)?.groups;
    if (groups === undefined) throw new Error(`Cannot read the command: ${text}`);
    if (groups["comment"] !== undefined) break;
    if (groups["end"] !== undefined) commands.push([]);
    if (groups["word"] !== undefined) commands.at(-1)?.push(unquoted(groups["word"]));
  }
  return commands.filter((words) => words.length > 0);
}

function unquoted(word: string): string {
  return word
    .replace(/^<([^<>]*)>$/, "$1")
    .replace(
      /'([^']*)'|"((?:\\.|\$\([^)]*\)|[^"\\])*)"/g,
      (_, single?: string, double?: string) => single ?? (double ?? "").replace(/\\(.)/g, "$1"),
    );
}

function withoutAssignments(words: readonly string[]): readonly string[] {
  const first = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
  return first === -1 ? [] : words.slice(first);
}
