import { randomBytes } from "node:crypto";
import { removeDisk } from "./disks";
import { isFault } from "../client/server-fault";
import { named, removeFile } from "./file-tasks";
import type { Storage } from "./files";
import { element } from "../client/soap";
import { runTask } from "../client/managed-objects";
import { child } from "../../../base/xml-read";

type Step = "uploading" | "copying";

/** In milliseconds; no upload and no copy that is still under way is older. */
const abandonedAfter = 24 * 3600 * 1000;

/** Where a file lies until it is complete: beside its final name, and under one that nobody else draws. */
export function partialPath(path: string, step: Step): string {
  const { stem, extension } = split(path);
  return `${stem}-${step}-${randomBytes(6).toString("hex")}${extension}`;
}

/** Removes what killed programs left of a file: of an `abandoned` upload, or of every one where nobody wants the file. */
export async function sweepPartials(
  storage: Storage,
  path: string,
  which: "abandoned" | "all",
): Promise<void> {
  const now = which === "all" ? Infinity : await currentTime(storage);
  for (const { partial, modified } of await listPartials(storage, path)) {
    if (now - modified < abandonedAfter) continue;
    const isDisk = partial.includes("-copying-");
    // It goes with its descriptor.
    if (isDisk && partial.endsWith("-flat.vmdk")) continue;
    await (isDisk ? removeDisk : removeFile)(storage, partial);
  }
}

async function listPartials(storage: Storage, path: string) {
  const { soap, place, signal } = storage;
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
  const parameters = [element("datastorePath", named(place, folder)), search];
  try {
    const result = await runTask(soap, "SearchDatastore_Task", place.browser, parameters, signal);
    const files = result?.children.filter((it) => it.name === "file") ?? [];
    return files.map((file) => ({
      partial: folder + (child(file, "path")?.text ?? ""),
      modified: Date.parse(child(file, "modification")?.text ?? ""),
    }));
  } catch (thrown) {
    // The folder is gone, and all that lay in it.
    if (isFault(thrown, "FileNotFound")) return [];
    throw thrown;
  }
}

/** The server's, which stamps the files. */
async function currentTime({ soap, signal }: Storage): Promise<number> {
  const instance = { type: "ServiceInstance", id: "ServiceInstance" };
  const [time] = await soap.call("CurrentTime", instance, [], signal);
  return Date.parse(time?.text ?? "");
}

/** At the end of the artifact key: the name of an image may hold dots, too. */
function split(path: string): { readonly stem: string; readonly extension: string } {
  const [, stem, extension] = /^(.*-[0-9a-f]{12})(\.[^/]+)$/.exec(path) ?? [];
  return { stem: stem ?? path, extension: extension ?? "" };
}
