import { createInterface } from "node:readline";
import { buildRequestSchema, type BuildRequest } from "../plan/plan";

/**
 * Reads the request from the first line of standard input. The end of the input means that the caller is gone: it
 * aborts `cancel`, which ends the build.
 */
export function readRequest(cancel: AbortController): Promise<BuildRequest> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: process.stdin });
    lines.once("line", (line) => {
      try {
        resolve(buildRequestSchema.parse(JSON.parse(line)));
      } catch (cause) {
        reject(new Error("standard input holds no build request", { cause }));
      }
    });
    lines.once("close", () => {
      cancel.abort();
      reject(new Error("standard input ended before the request"));
    });
  });
}
