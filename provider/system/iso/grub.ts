export interface BootEntry {
  readonly title: string;
  readonly id?: string | undefined;
  /** Arguments of its kernel line, without the kernel. */
  readonly arguments: readonly string[];
  /** Whether it starts an interactive install. */
  readonly interactive: boolean;
}

export interface BootMenu {
  /** Path of the grub.cfg on the ISO. */
  readonly file: string;
  readonly entries: readonly BootEntry[];
  /** The entry that GRUB boots by default. */
  readonly defaultEntry?: BootEntry | undefined;
  /** Seconds until GRUB boots it; undefined if GRUB waits for a key. */
  readonly timeout?: number | undefined;
}

/**
 * Parses a grub.cfg. It is a script, so this reads only the forms that installers use: the last `set default=` and `set
 * timeout=` outside of an entry, and top-level menu entries by number, title or id. A value with a variable counts as
 * not set, so the first entry is the default.
 */
export function parseGrubMenu(file: string, text: string): BootMenu {
  const entries: BootEntry[] = [];
  const settings = new Map<string, string>();
  let depth = 0;
  let open: { words: readonly string[]; depth: number; lines: string[][] } | undefined;
  for (const line of logicalLines(text)) {
    const words = shellWords(line);
    const [command, first] = words;
    if (open === undefined && command === "menuentry") {
      open = { words, depth, lines: [] };
    } else if (open === undefined && command === "submenu" && depth === 0) {
      // It counts as an entry; an entry within it cannot be booted by its number alone.
      entries.push({ title: first ?? "", arguments: [], interactive: false });
    } else if (open !== undefined) {
      open.lines.push(words);
    } else if (command === "set" && first !== undefined && depth === 0) {
      const [name = "", value = ""] = splitOnce(first, "=");
      if (!value.includes("$")) settings.set(name, value);
    }
    depth += braces(words);
    if (open !== undefined && depth <= open.depth && words.includes("}")) {
      if (open.depth === 0) entries.push(bootEntry(open.words, open.lines));
      open = undefined;
    }
  }
  const timeout = Number(settings.get("timeout") ?? "-1");
  return {
    file,
    entries,
    defaultEntry: chooseDefault(entries, settings.get("default") ?? "0"),
    timeout: timeout >= 0 ? timeout : undefined,
  };
}

function chooseDefault(entries: readonly BootEntry[], wanted: string): BootEntry | undefined {
  const [name = ""] = splitOnce(wanted, ">");
  if (/^\d+$/.test(name)) return entries[Number(name)];
  return entries.find(({ id, title }) => id === name || title === name) ?? entries[0];
}

function bootEntry(words: readonly string[], lines: readonly string[][]): BootEntry {
  const title = words[1] ?? "";
  const at = words.findIndex((word) => word === "--id" || word === "$menuentry_id_option");
  const kernel = lines.find(([command]) =>
    /^(\$linux|linux|linuxefi|linux16)$/.test(command ?? ""),
  );
  const given = kernel?.slice(2) ?? [];
  return {
    title,
    id: at === -1 ? undefined : words[at + 1],
    arguments: given,
    interactive:
      given.includes("install-mode-interactive") ||
      given.includes("interactive-install") ||
      /\binteractive\b/i.test(title),
  };
}

function braces(words: readonly string[]): number {
  return words.filter((word) => word === "{").length - words.filter((word) => word === "}").length;
}

/** Lines without comments, joined where a backslash ends them. */
function logicalLines(text: string): readonly string[] {
  const joined = text.replace(/\\\r?\n/g, " ").split(/\r?\n|;/);
  return joined.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
}

/** Splits a line into words as GRUB does; quotes end within the line. */
function shellWords(line: string): string[] {
  const words = line.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/g) ?? [];
  return words.map((word) => word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, "$1$2"));
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
