import { stat } from "node:fs/promises";
import { fileError } from "../../system/files/errors";
import type { Place } from "../place";
import type { RecordStore } from "../record-store";
import { writtenPlace } from "../written-place";
import { unlessMissing } from "./durable-files";

/** A folder with its ID in a file. The ID stays when the last image is removed, like the marker of the machine. */
export function directoryPlace(root: string, records: RecordStore): Place {
  const place = writtenPlace(records);
  return {
    ...place,
    marks: {
      ...place.marks,
      async leave(signal) {
        // A missing folder is not created: its file system may not be mounted.
        const folder = await stat(root)
          .catch(unlessMissing)
          .catch((thrown: unknown) => {
            throw fileError(thrown, `look into ${root}`, signal);
          });
        return folder === undefined ? undefined : place.marks.leave(signal);
      },
    },
  };
}
