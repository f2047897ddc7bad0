import { StylusError } from "../../base/errors";
import { recordPaths } from "../../plan/record";
import type { Place } from "../place";
import { s3Key, s3Uri, type S3Location } from "./address";
import type { RecordStore } from "../record-store";
import { placeFile, writtenPlace } from "../written-place";

/** A bucket, or a prefix of it, with its ID in an object. */
export function s3Place(location: S3Location, records: RecordStore): Place {
  const place = writtenPlace(records);
  return {
    ...place,
    // The URI has no endpoint.
    mayHold: (uri) => uri.startsWith(s3Uri(location, s3Key(location, ""))),
    async removeUnusedId(signal) {
      const [first, second] = await records.list(recordPaths.all, signal, 2);
      if (first === placeFile && second === undefined) await records.remove(placeFile, signal);
    },
    marks: {
      ...place.marks,
      async leave(signal) {
        try {
          return await place.marks.leave(signal);
        } catch (thrown) {
          // The bucket does not exist.
          if (thrown instanceof StylusError && thrown.code === "publish.not-found")
            return undefined;
          throw thrown;
        }
      },
    },
  };
}
