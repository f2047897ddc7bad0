import { readdir, readFile, unlink } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { throwIfCancelled } from "../../base/cancellation";
import { fileError, isMissing } from "../../system/files/errors";
import type { RecordStore } from "../record-store";
import { createExclusively, pruneEmptyFolders, unlessMissing } from "./durable-files";

/** Records in a local folder; also the local cache's own store. `path` is absolute. */
export function directoryRecords(path: string, id: string): RecordStore {
  return {
    id,
    async read(name, signal) {
      try {
        return await readFile(join(path, name), { encoding: "utf8", signal });
      } catch (thrown) {
        if (isMissing(thrown)) return undefined;
        throw fileError(thrown, `read the record ${join(path, name)}`, signal);
      }
    },
    async create(name, text, signal) {
      try {
        return await createExclusively(join(path, name), text, signal);
      } catch (thrown) {
        throw fileError(thrown, `write the record ${join(path, name)}`, signal);
      }
    },
    async list(prefix, signal, atMost) {
      try {
        const folder = join(path, prefix.slice(0, prefix.lastIndexOf("/") + 1));
        return (await filesBelow(folder, signal))
          .map((file) => relative(path, file).split(sep).join("/"))
          .filter((name) => name.startsWith(prefix))
          .slice(0, atMost);
      } catch (thrown) {
        throw fileError(thrown, `list the records in ${join(path, prefix)}`, signal);
      }
    },
    async remove(name, signal) {
      throwIfCancelled(signal);
      try {
        await unlink(join(path, name)).catch(unlessMissing);
        await pruneEmptyFolders(dirname(join(path, name)), path);
      } catch (thrown) {
        throw fileError(thrown, `remove the record ${join(path, name)}`, signal);
      }
    },
  };
}

async function filesBelow(folder: string, signal: AbortSignal): Promise<readonly string[]> {
  throwIfCancelled(signal);
  const entries = (await readdir(folder, { withFileTypes: true }).catch(unlessMissing)) ?? [];
  const files: string[] = [];
  for (const entry of entries) {
    // Hidden files are incomplete.
    if (entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await filesBelow(path, signal)));
    else files.push(path);
  }
  return files;
}
