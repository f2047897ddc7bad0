import { readFile, realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { isMissing } from "../../system/files/errors";

/** The mounted file system that a path is on, as far as it is the same after the next boot. */
export const mountSchema = z.object({
  /** Mount point. */
  point: z.string(),
  type: z.string(),
  source: z.string(),
  /** The folder of the file system that is mounted; not `/` for a bind mount. */
  root: z.string(),
  /** Tells apart file systems whose source is only a name: the device number of a tmpfs, the upper folder of an overlay. */
  detail: z.string().optional(),
});
type Mount = z.infer<typeof mountSchema>;

/** The mount of a path, or of its nearest existing parent; undefined where the system has no table of mounts. */
export async function mountOf(path: string): Promise<Mount | undefined> {
  const table = await readFile("/proc/self/mountinfo", "utf8").catch(() => undefined);
  return table === undefined ? undefined : findMount(table, await nearestExisting(path));
}

async function nearestExisting(path: string): Promise<string> {
  for (let current = path; ; current = dirname(current)) {
    try {
      return await realpath(current);
    } catch (thrown) {
      if (!isMissing(thrown) || dirname(current) === current) throw thrown;
    }
  }
}

/** The mount of an absolute path in a table as of proc_pid_mountinfo(5). */
export function findMount(table: string, path: string): Mount | undefined {
  const holds = ({ point }: Mount): boolean =>
    point === "/" || path === point || path.startsWith(`${point}/`);
  let found: Mount | undefined;
  for (const mount of table.split("\n").flatMap((line) => parseLine(line) ?? [])) {
    // Of several mounts at one point, the last one is visible.
    if (holds(mount) && mount.point.length >= (found?.point.length ?? 0)) found = mount;
  }
  return found;
}

function parseLine(line: string): Mount | undefined {
  const [before, after] = line.split(" - ");
  const [, , device = "", root, point] = before?.split(" ") ?? [];
  const [type, source, options = ""] = after?.split(" ") ?? [];
  if (root === undefined || point === undefined || type === undefined || source === undefined) {
    return undefined;
  }
  const upper = /(?:^|,)upperdir=([^,]+)/.exec(options)?.[1];
  const detail = ["tmpfs", "ramfs"].includes(type) ? device : upper;
  const mount = { point: unescape(point), type, source: unescape(source), root: unescape(root) };
  return detail === undefined ? mount : { ...mount, detail };
}

/** The table writes a space as `\\040`. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(parseInt(octal, 8)),
  );
}

export function isSameMount(one: Mount, other: Mount): boolean {
  const keys = ["point", "type", "source", "root", "detail"] as const;
  return keys.every((key) => one[key] === other[key]);
}

export function describeMount({ point, type, source }: Mount): string {
  return `${source} (${type}, mounted at ${point})`;
}
