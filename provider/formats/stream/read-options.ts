import type { ProgressOptions } from "../../system/files/progress-options";
import type { ConvertContext } from "../format";

/** Options for reading the base disk: bytes of progress become percent of the conversion. */
export function readOptions({ signal, onProgress }: ConvertContext): ProgressOptions {
  return {
    signal,
    onProgress: (done, total) => onProgress((100 * done) / Math.max(total, 1)),
  };
}
