import { randomBytes } from "node:crypto";
import { removeDisk } from "./disks";
import { isFault } from "../client/server-fault";
import { named, removeFile } from "./file-tasks";
import type { Storage } from "./files";
import { element } from "../client/soap";
import { runTask } from "../client/managed-objects";
import { child } from "../../../base/xml-read";

type Step = "uploading" | "copying";

/** In milliseconds; every upload or copy that is still under way is younger. */
const abandonedAfter = 24 * 3600 * 1000;

/** A unique temporary name beside the final one, for a file that is not complete yet. */
export function partialPath(path: string, step: Step): string {
  const { stem, extension } = split(path);
  return `${stem}-${step}-${randomBytes(6).toString("hex")}${extension}`;
}

/** Removes the temporary files of a file: those of `abandoned` uploads, or `all` when the file itself is removed. */
export async function sweepPartials(
  storage: Storage,
  path: string,
  which: "abandoned" | "all",
): Promise<void> {
  const now = which === "all" ? Infinity : await currentTime(storage);
  for (const { partial, modified } of await listPartials(storage, path)) {
    if (now - modified < abandonedAfter) continue;
    const isDisk = partial.includes("-copying-");
    // The extent is removed with its descriptor.
    if (isDisk && partial.endsWith("-flat.vmdk")) continue;
    await (isDisk ? removeDisk : removeFile)(storage, partial);
  }
}

async function listPartials(storage: Storage, path: string) {
  const { soap, placement, signal } = storage;
  const { stem } = split(path);
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const name = stem.slice(folder.length);
  const search = element("searchSpec", [
    element("details", [
      element("fileType", "false"),
      element("fileSize", "false"),
      element("modification", "true"),
    ]),
    ...(["uploading", "copying"] satisfies Step[]).map((step) =>
      element("matchPattern", `${name}-${step}-*`),
    ),
  ]);
  const parameters = [element("datastorePath", named(placement, folder)), search];
  try {
    const result = await runTask(
      soap,
      "SearchDatastore_Task",
      placement.browser,
      parameters,
      signal,
    );
    const files = result?.children.filter((it) => it.name === "file") ?? [];
    return files.map((file) => ({
      partial: folder + (child(file, "path")?.text ?? ""),
      modified: Date.parse(child(file, "modification")?.text ?? ""),
    }));
  } catch (thrown) {
    // The folder does not exist.
    if (isFault(thrown, "FileNotFound")) return [];
    throw thrown;
  }
}

/** The server's clock, which sets the files' times. */
async function currentTime({ soap, signal }: Storage): Promise<number> {
  const instance = { type: "ServiceInstance", id: "ServiceInstance" };
  const [time] = await soap.call("CurrentTime", instance, [], signal);
  return Date.parse(time?.text ?? "");
}

/** Splits after the artifact key: the name of an image may contain dots, too. */
function split(path: string): { readonly stem: string; readonly extension: string } {
  const [, stem, extension] = /^(.*-[0-9a-f]{12})(\.[^/]+)$/.exec(path) ?? [];
  return { stem: stem ?? path, extension: extension ?? "" };
}
