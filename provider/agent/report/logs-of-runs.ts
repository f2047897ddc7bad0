import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ConsoleExcerpt, ScreenshotSeries } from "../../report/report";
import { readLogExcerpt } from "../../system/files/log-excerpt";
import { plainLines } from "../machine/terminal-text";
import { readScreenshots } from "../machine/screenshots";

/** Runs of a machine, by the names of their log files. The trial of an iso has its own folder. */
const runs = [
  { name: "install", title: "Install" },
  { name: "verify", title: "Boot for verification" },
  { name: "iso/install", title: "Install from the iso" },
  { name: "iso/verify", title: "Boot of what the iso installed" },
] as const;

/** Screenshots of each run that is not older than `oldest`. */
export async function screenshotsIn(logs: string, oldest: number): Promise<ScreenshotSeries[]> {
  const series: ScreenshotSeries[] = [];
  for (const { name, title } of runs) {
    const folder = join(logs, `${name}-screens`);
    if ((await timeOf(folder)) < oldest) continue;
    const one = await readScreenshots(folder, title);
    if (one !== undefined) series.push(one);
  }
  return series;
}

/** Some thousand lines of each log; a longer one loses its middle, because beginning and end say most. */
const most = { headBytes: 128 * 1024, tailBytes: 256 * 1024 };

/** Serial output of each run that is not older than `oldest`. */
export async function consolesIn(
  logs: string,
  oldest: number,
  redact: (text: string) => string,
): Promise<ConsoleExcerpt[]> {
  const consoles: ConsoleExcerpt[] = [];
  for (const { name, title } of runs) {
    const file = join(logs, `${name}-serial.log`);
    const time = await timeOf(file);
    if (!(time >= oldest)) continue;
    const { head, tail, omittedBytes } = await readLogExcerpt(file, most);
    const shown = (text: string): string => redact(joinLines(plainLines(text)));
    const written = new Date(time).toISOString();
    if (head.trim() === "") {
      const screen = await screenTextOf(logs, name, title, written);
      if (screen !== undefined) consoles.push({ ...screen, head: redact(screen.head) });
      continue;
    }
    consoles.push({
      title,
      file: `${name}-serial.log`,
      written,
      omittedBytes,
      head: shown(head),
      tail: tail === undefined ? undefined : shown(tail),
    });
  }
  return consoles;
}

/** The text of the last screen of a run whose serial console stayed empty. */
async function screenTextOf(
  logs: string,
  name: string,
  title: string,
  written: string,
): Promise<ConsoleExcerpt | undefined> {
  const file = join(logs, `${name}-screen.txt`);
  const head = await readFile(file, "utf8").catch(() => "");
  if (head === "") return undefined;
  return {
    title: `${title}: text of the last screen`,
    file: `${name}-screen.txt`,
    written,
    head,
    omittedBytes: 0,
  };
}

/** Joins lines with no more than one empty line in a row: a screen that is cleared leaves many. */
function joinLines(lines: readonly string[]): string {
  return lines.filter((line, index) => line !== "" || lines[index - 1] !== "").join("\n");
}

async function timeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => NaN,
  );
}
