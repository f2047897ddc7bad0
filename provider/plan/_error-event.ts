import type { StylusError } from "../base/errors";
import type { AgentEvent } from "./events";

/** An error as an event: everything but its cause. */
export function errorEvent({ code, details }: StylusError): Extract<AgentEvent, { type: "error" }> {
  const { what, why, next, tail, files, problems } = details;
  return {
    type: "error",
    code,
    what,
    next,
    ...(why !== undefined && { why }),
    ...(tail !== undefined && { tail }),
    ...(files !== undefined && { files: [...files] }),
    ...(problems !== undefined && { problems: [...problems] }),
  };
}
