import type { Call } from "../../../provider/resource/handlers";

export interface HeardCall extends Call {
  readonly infos: string[];
  readonly warnings: string[];
  readonly statuses: string[];
}

/** A call that records its log messages. */
export function heardCall(signal: AbortSignal = new AbortController().signal): HeardCall {
  const infos: string[] = [];
  const warnings: string[] = [];
  const statuses: string[] = [];
  const log = {
    info: (message: string) => void infos.push(message),
    warn: (message: string) => void warnings.push(message),
    stage: (message: string) => void statuses.push(message),
    status: (message: string) => void statuses.push(message),
  };
  return { urn: undefined, log, signal, infos, warnings, statuses };
}
