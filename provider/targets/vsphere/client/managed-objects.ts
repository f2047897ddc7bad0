import { pause } from "../../../base/cancellation";
import type { XmlElement } from "../../../base/xml";
import { type XmlNode, child } from "../../../base/xml-read";
import { ServerFault } from "./server-fault";
import { type Reference, type Soap, element, reference, typeOf } from "./soap";

/** A managed object and the requested properties, by path. */
export interface ObjectProperties {
  readonly object: Reference;
  readonly values: ReadonlyMap<string, XmlNode>;
}

/** Reads properties of objects of one type. `RetrieveProperties`, unlike its successor, does not page its result. */
export async function readProperties(
  soap: Soap,
  type: string,
  objects: readonly Reference[],
  paths: readonly string[],
  signal: AbortSignal,
): Promise<ObjectProperties[]> {
  if (objects.length === 0) return [];
  const set = element("specSet", [
    element("propSet", [element("type", type), ...paths.map((path) => element("pathSet", path))]),
    ...objects.map((it) => element("objectSet", [reference("obj", it)])),
  ]);
  const collector = soap.object("propertyCollector");
  return (await soap.call("RetrieveProperties", collector, [set], signal)).map(propertiesOf);
}

/** Reads properties of all objects of one type that a property of another object refers to; objects removed meanwhile are left out. */
export async function readReached(
  soap: Soap,
  { from, path }: { readonly from: Reference; readonly path: string },
  type: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<ObjectProperties[]> {
  const traversal = {
    name: "selectSet",
    attributes: { "xsi:type": "TraversalSpec" },
    content: [element("type", from.type), element("path", path), element("skip", "false")],
  };
  const set = element("specSet", [
    element("propSet", [element("type", type), ...paths.map((it) => element("pathSet", it))]),
    element("objectSet", [reference("obj", from), element("skip", "true"), traversal]),
  ]);
  const collector = soap.object("propertyCollector");
  return (await soap.call("RetrieveProperties", collector, [set], signal)).map(propertiesOf);
}

function propertiesOf(node: XmlNode): ObjectProperties {
  const obj = node.children.find(({ name }) => name === "obj");
  const values = node.children
    .filter(({ name }) => name === "propSet")
    .flatMap(({ children }) => {
      const name = children.find((it) => it.name === "name")?.text;
      const value = children.find((it) => it.name === "val");
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    });
  return { object: referenceOf(obj), values: new Map(values) };
}

export function referenceOf(node: XmlNode | undefined): Reference {
  return { type: node?.attributes["type"] ?? "", id: node?.text ?? "" };
}

/** Pauses between two reads of a task's state, in milliseconds; the last one is repeated. */
const pauses = [50, 200, 500, 1000, 2000] as const;

/** Calls a method that starts a task, waits for the task's end, and returns its result. Throws the task's fault. */
export async function runTask(
  soap: Soap,
  method: string,
  of: Reference,
  parameters: readonly XmlElement[],
  signal: AbortSignal,
): Promise<XmlNode | undefined> {
  const [started] = await soap.call(method, of, parameters, signal);
  const task = referenceOf(started);
  for (let attempt = 0; ; attempt += 1) {
    const [found] = await readProperties(soap, "Task", [task], ["info"], signal);
    const info = found?.values.get("info");
    switch (child(info, "state")?.text) {
      case "success":
        return child(info, "result");
      case "error":
        throw taskFault(method, child(info, "error"));
      case undefined:
        throw new ServerFault(
          undefined,
          undefined,
          `the task of ${method} is not visible to this user`,
        );
      default:
        await pause(pauses[Math.min(attempt, pauses.length - 1)] ?? 2000, signal);
    }
  }
}

function taskFault(method: string, error: XmlNode | undefined): ServerFault {
  const kind = typeOf(child(error, "fault"));
  const text = child(error, "localizedMessage")?.text.trim() ?? "";
  return new ServerFault(kind, undefined, `${method}: ${text === "" ? (kind ?? "failed") : text}`);
}
