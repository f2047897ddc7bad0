import { pause } from "../../../base/cancellation";
import { ServerFault } from "./server-fault";
import { readProperties, referenceOf } from "./managed-objects";
import { typeOf, type Reference, type Soap } from "./soap";
import type { XmlElement } from "../../../base/xml";
import { child, type XmlNode } from "../../../base/xml-read";

/** Pauses between two looks at a task, in milliseconds: they grow up to the last. */
const pauses = [50, 200, 500, 1000, 2000] as const;

/** Calls a method that begins a task, and waits for the task's end and result. Its fault is thrown. */
export async function runTask(
  soap: Soap,
  method: string,
  of: Reference,
  parameters: readonly XmlElement[],
  signal: AbortSignal,
): Promise<XmlNode | undefined> {
  const [begun] = await soap.call(method, of, parameters, signal);
  const task = referenceOf(begun);
  for (let looks = 0; ; looks += 1) {
    const [found] = await readProperties(soap, "Task", [task], ["info"], signal);
    const info = found?.values.get("info");
    switch (child(info, "state")?.text) {
      case "success":
        return child(info, "result");
      case "error":
        throw taskFault(method, child(info, "error"));
      case undefined:
        throw new ServerFault(undefined, undefined, `the task of ${method} cannot be seen`);
      default:
        await pause(pauses[Math.min(looks, pauses.length - 1)] ?? 2000, signal);
    }
  }
}

function taskFault(method: string, error: XmlNode | undefined): ServerFault {
  const kind = typeOf(child(error, "fault"));
  const said = child(error, "localizedMessage")?.text.trim() ?? "";
  return new ServerFault(kind, undefined, `${method}: ${said === "" ? (kind ?? "failed") : said}`);
}
