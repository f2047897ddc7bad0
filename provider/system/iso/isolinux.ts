import { isInteractiveTitle, type BootEntry, type BootMenu } from "./boot-menu";

/** One label of the configuration. */
interface Label {
  readonly name: string;
  title: string;
  arguments: readonly string[];
  isMenuDefault: boolean;
}

/**
 * Reads an isolinux.cfg whose included files stand in place of their INCLUDE lines. TIMEOUT is in tenths of a second, and
 * 0 or nothing means for ever. Without a menu (UI) and with `PROMPT 0`, isolinux boots its default at once.
 */
export function parseIsolinuxMenu(file: string, text: string): BootMenu {
  const settings = new Map<string, string>();
  const labels: Label[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, keyword = "", value = ""] = /^\s*(menu\s+\S+|\S+)\s*(.*?)\s*$/i.exec(line) ?? [];
    const key = keyword.toLowerCase().replace(/\s+/g, " ");
    const label = labels.at(-1);
    if (key === "label")
      labels.push({ name: value, title: value, arguments: [], isMenuDefault: false });
    else if (key === "menu label" && label !== undefined) label.title = value.replaceAll("^", "");
    else if (key === "menu default" && label !== undefined) label.isMenuDefault = true;
    else if (key === "append" && label !== undefined) label.arguments = value.split(/\s+/);
    else settings.set(key, value);
  }
  const entries = labels.map(bootEntry);
  const isMenu = settings.has("ui") || /\.c32\b/.test(settings.get("default") ?? "");
  const seconds = timeoutOf(settings, isMenu);
  return {
    file,
    entries,
    defaultEntry: entries[defaultIndex(labels, settings, isMenu)],
    timeout: seconds,
    waits: seconds === undefined,
  };
}

function bootEntry({ name, title, arguments: given }: Label): BootEntry {
  return { title, id: name, arguments: given, interactive: isInteractiveTitle(title) };
}

/** Undefined if it waits for a key. */
function timeoutOf(settings: ReadonlyMap<string, string>, isMenu: boolean): number | undefined {
  const isPrompt = Number(settings.get("prompt") ?? "0") !== 0 || !settings.has("default");
  if (!isMenu && !isPrompt) return 0;
  const times = ["timeout", "totaltimeout"]
    .map((key) => Number(settings.get(key) ?? "0"))
    .filter((tenths) => tenths > 0);
  return times.length === 0 ? undefined : Math.min(...times) / 10;
}

/** A menu boots the label with MENU DEFAULT, else the one of DEFAULT or ONTIMEOUT, else the first. */
function defaultIndex(
  labels: readonly Label[],
  settings: ReadonlyMap<string, string>,
  isMenu: boolean,
): number {
  const marked = isMenu ? labels.findIndex(({ isMenuDefault }) => isMenuDefault) : -1;
  const wanted = settings.get("ontimeout") ?? settings.get("default") ?? "";
  const named = labels.findIndex(({ name }) => name === wanted.split(/\s+/)[0]);
  return Math.max(0, marked === -1 ? named : marked);
}
