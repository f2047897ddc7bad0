import type { AgentEvent } from "../plan/events";

/** Fields with words of the protocol: a secret with the same spelling must not change them. */
const protocolFields: readonly string[] = ["type", "code", "level", "stage", "state", "unit"];

/** Events with text of a guest or a tool. The result is what the state holds, which has no secret. */
const redactedEvents: readonly AgentEvent["type"][] = [
  "stage",
  "progress",
  "console",
  "log",
  "command",
  "error",
];

/** Writes events to standard output, one JSON object a line, with secrets masked by `redact`. */
export function eventWriter(redact: (text: string) => string): (event: AgentEvent) => void {
  const redacted = (key: string, value: unknown): unknown =>
    typeof value === "string" && !protocolFields.includes(key) ? redact(value) : value;
  return (event) => {
    const text = JSON.stringify(event, redactedEvents.includes(event.type) ? redacted : undefined);
    process.stdout.write(`${text}\n`);
  };
}
