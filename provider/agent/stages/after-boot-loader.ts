import type { Console } from "../machine/console";
import { started as handOver } from "../machine/last-words";

/** Output without the text of the boot loader. */
type SystemOutput = Pick<Console, "firstMatch" | "matches">;

/** Firmware that starts a boot loader, and the first line of GRUB: what follows is a boot loader's, also after a reset. */
const beginning = /^BdsDxe: |^GNU GRUB\b|^Welcome to GRUB|^GRUB loading/i;
/** Other lines of GRUB's, syslinux' and systemd-boot's menus. */
const menu = new RegExp(
  [
    /^Use the .{1,5} and .{1,5} keys to/,
    /^Press enter to boot the selected/,
    /^before booting or .c. for a command/,
    /^The highlighted entry will be executed/,
    /^(?:ISO|SYS|EXT|PXE)LINUX \d|^Press \[Tab\] to edit|^Automatic boot in \d|^boot:\s*$/,
    /^Boot in \d+ s|^Reboot Into Firmware Interface/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "i",
);
/** After these, GRUB shows its menu again or waits. */
const failure =
  /^error: (?:no such (?:device|partition)|file\b|unknown filesystem|you need to load the kernel)|^Press any key to continue|^Entering rescue mode|^grub(?: rescue)?>/i;
/** The kernel repeats here what the boot loader gave it, and names its distribution. */
const kernelBanner = /^\[\s*\d+\.\d{6}\] (?:Linux version |(?:Kernel )?command line: )/i;
/** A message of the kernel, the state of a unit of systemd, and a login prompt. */
const systemLine = /^\[\s*\d+\.\d{6}\]|^\[\s*(?:OK|FAILED|WARN|DEPEND)\s*\]|login:/;

/** Entries of a menu are drawn within this time of its other lines. */
const drawnMilliseconds = 5000;

type Phase = "unknown" | "boot loader" | "handed over" | "system";

/**
 * The output of a machine without what its boot loader prints: a menu has the name of a system that may never start. On
 * an output without a boot loader every line counts.
 */
export function afterBootLoader(
  output: Pick<Console, "lines">,
  now: () => number = () => performance.now(),
): SystemOutput {
  let menuLine = "";
  let since = 0;
  const entries = new Set<string>();
  const lines = (): readonly string[] => {
    const found = divide(output.lines());
    if (found.menuLine !== menuLine) since = now();
    menuLine = found.menuLine;
    if (now() - since < drawnMilliseconds) for (const line of found.unclear) entries.add(line);
    return [...found.ofSystem, ...found.unclear.filter((line) => !entries.has(line))];
  };
  return {
    firstMatch: (pattern) => lines().find((line) => pattern.test(line)),
    matches: (pattern) => lines().some((line) => pattern.test(line)),
  };
}

interface Divided {
  readonly ofSystem: readonly string[];
  /** Entries of a menu, or lines of a system whose start printed nothing. */
  readonly unclear: readonly string[];
  /** The last line that is certainly of a menu; its countdown changes it. */
  readonly menuLine: string;
}

function divide(lines: readonly string[]): Divided {
  let phase: Phase = "unknown";
  let ofSystem: string[] = [];
  let unclear: string[] = [];
  let menuLine = "";
  for (const line of lines) {
    const text = line.trim();
    if (isOfMenu(text, phase)) {
      // The entries of systemd-boot stand before its other lines.
      if (phase === "unknown") ofSystem = [];
      [phase, unclear, menuLine] = ["boot loader", [], text];
    } else if (kernelBanner.test(text) || (phase !== "system" && handOver.test(text))) {
      [phase, unclear] = ["handed over", []];
    } else {
      if (systemLine.test(text)) phase = "system";
      (phase === "boot loader" ? unclear : ofSystem).push(line);
    }
  }
  return { ofSystem, unclear, menuLine };
}

function isOfMenu(text: string, phase: Phase): boolean {
  if (beginning.test(text)) return true;
  if (phase === "system") return false;
  return menu.test(text) || (phase !== "unknown" && failure.test(text));
}
