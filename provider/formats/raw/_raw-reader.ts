import { once } from "node:events";
import { toolError } from "../../system/process/run";
import { startChild } from "../../system/process/child";
import { cancelled } from "../../base/cancellation";
import { tryAgain } from "../write-fault";

/** A program that reads on standard input, and says by its exit code what it thinks of it. */
export interface Reader {
  /** Settles when the program has room for more, or is gone. */
  readonly send: (bytes: Buffer) => Promise<void>;
  /** Fails unless the program accepts all that was sent. */
  readonly finish: () => Promise<void>;
  /** Ends it without an answer; after `finish`, does nothing. */
  readonly abandon: () => Promise<void>;
}

export function startReader(tool: string, args: readonly string[], signal: AbortSignal): Reader {
  const child = startChild(tool, args, { signal, input: "pipe" });
  const { stdin, ended } = child;
  return {
    send: async (bytes) => {
      if (stdin?.write(bytes) !== false) return;
      const gone = new AbortController();
      const drained = once(stdin, "drain", { signal: gone.signal }).catch(() => undefined);
      // A program that is gone takes nothing any more; `finish` says why.
      await Promise.race([drained, ended]);
      gone.abort();
    },
    finish: async () => {
      stdin?.end();
      const end = await ended;
      if (signal.aborted) throw cancelled(signal);
      if (end.exitCode === 0) return;
      throw toolError(tool, end, { code: "convert.failed", next: tryAgain });
    },
    abandon: async () => {
      child.stop();
      await ended;
    },
  };
}
