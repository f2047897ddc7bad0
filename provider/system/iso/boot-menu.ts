export interface BootEntry {
  readonly title: string;
  readonly id?: string | undefined;
  /** Arguments of its kernel line, without the kernel. */
  readonly arguments: readonly string[];
  /** Whether it starts an interactive install. */
  readonly interactive: boolean;
  /** The entries of a submenu, which boots nothing itself. */
  readonly entries?: readonly BootEntry[] | undefined;
}

export interface BootMenu {
  /** Path of the boot loader's configuration on the ISO. */
  readonly file: string;
  readonly entries: readonly BootEntry[];
  /** The entry that the boot loader boots by default. */
  readonly defaultEntry?: BootEntry | undefined;
  /** Seconds until it boots it; undefined if it waits for a key, or if this is decided elsewhere. */
  readonly timeout?: number | undefined;
  /** Whether the menu certainly waits for a key. */
  readonly waits: boolean;
}

/**
 * The entry of `2`, `title`, `id` or `submenu>entry`. As in GRUB, a number comes first, and the first entry is chosen for
 * a name or number that does not exist; a submenu boots its own default.
 */
export function chooseDefault(
  entries: readonly BootEntry[],
  wanted: string,
): BootEntry | undefined {
  const [, name = "", rest = "0"] = /^((?:[^>]|>>)*)(?:>(.*))?$/s.exec(wanted) ?? [];
  const number = /^\d+/.exec(name)?.[0];
  const plain = name.replaceAll(">>", ">");
  const named = entries.find(({ id, title }) => id === plain || title === plain);
  const found = (number === undefined ? named : entries[Number(number)]) ?? entries[0];
  return found?.entries === undefined ? found : chooseDefault(found.entries, rest);
}

/** Whether a title says that its entry asks a person; "non-interactive" says the opposite. */
export function isInteractiveTitle(title: string): boolean {
  return /(?<!\b(?:non|not|no)[\s\u2010-\u2015-]*)\binteractive\b/i.test(title);
}

/** Every entry of a menu that boots something, with those of its submenus. */
export function bootableEntries(entries: readonly BootEntry[]): readonly BootEntry[] {
  return entries.flatMap((entry) =>
    entry.entries === undefined ? [entry] : bootableEntries(entry.entries),
  );
}
