import { directoryRecords } from "../../../provider/targets/directory/records";
import { noFindings } from "../../../provider/targets/access";
import type { FindResult } from "../../../provider/targets/find-result";
import type { RecordStore } from "../../../provider/targets/record-store";
import { absentResult, removedResult } from "../../../provider/targets/remove-result";
import type { Target } from "../../../provider/targets/target";
import type { Publication } from "../../../provider/schema/state";

/** A target that holds publications in memory. */
export interface MemoryPlace extends Target {
  /** URIs of existing publications; tests add and remove them. */
  readonly there: Set<string>;
  readonly removed: string[];
  /** Fixed answers of `find`, by URI. */
  readonly answers: Map<string, FindResult>;
}

/** A target whose record is in a real folder. */
export interface MemoryTarget extends MemoryPlace {
  readonly records: RecordStore;
}

export function memoryTarget(name: string, folder: string): MemoryTarget {
  const id = `directory:${name}`;
  const records = directoryRecords(`${folder}/${name}`, id);
  const place = memoryPlace(id);
  return { ...place, records, capabilities: { ...place.capabilities, records } };
}

/** The same target with another record store. */
export function withRecords(target: Target, records: RecordStore): Target {
  return { ...target, capabilities: { ...target.capabilities, records } };
}

/** A target without records. */
export function memoryPlace(id: string): MemoryPlace {
  const there = new Set<string>();
  const removed: string[] = [];
  const answers = new Map<string, FindResult>();
  return {
    id,
    capabilities: { localFolder: { contains: (uri) => uri.startsWith(`memory://${id}/`) } },
    checkAccess: () => Promise.resolve(noFindings),
    there,
    removed,
    answers,
    find: ({ uri }) =>
      Promise.resolve(answers.get(uri) ?? { state: there.has(uri) ? "present" : "absent" }),
    publish: ({ format, sizeBytes, mediaType, artifactKey }) => {
      const uri = `memory://${id}/${artifactKey.slice(0, 12)}.${format}`;
      there.add(uri);
      return Promise.resolve({
        format,
        target: id,
        uri,
        url: uri,
        sizeBytes,
        mediaType,
        artifactKey,
      });
    },
    remove: ({ uri }: Publication) => {
      removed.push(uri);
      return Promise.resolve(there.delete(uri) ? removedResult : absentResult);
    },
    retrieve: () => Promise.reject(new Error("nothing is retrieved from memory")),
  };
}
