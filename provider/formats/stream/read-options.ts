import type { ProgressOptions } from "../../system/files/progress-options";
import type { ConvertContext } from "../format";

/** Options to read the base disk by: progress in bytes becomes the conversion's progress in percent. */
export function readOptions({ signal, onProgress }: ConvertContext): ProgressOptions {
  return {
    signal,
    onProgress: (done, total) => onProgress((100 * done) / Math.max(total, 1)),
  };
}
