import { pause } from "../../../base/cancellation";
import type { XmlElement } from "../../../base/xml";
import { type XmlNode, child } from "../../../base/xml-read";
import { ServerFault } from "./server-fault";
import { type Reference, type Soap, element, reference, typeOf } from "./soap";

/** A managed object and what was asked of it, by property path. */
export interface ObjectProperties {
  readonly object: Reference;
  readonly values: ReadonlyMap<string, XmlNode>;
}

/** Properties of some objects of one type. `RetrieveProperties`, unlike its successor, answers in one piece. */
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

/** Properties of all objects of one type that a property of another one leads to; one that goes meanwhile is left out. */
export async function readReached(
  soap: Soap,
  { from, path }: { readonly from: Reference; readonly path: string },
  type: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<ObjectProperties[]> {
  const way = {
    name: "selectSet",
    attributes: { "xsi:type": "TraversalSpec" },
    content: [element("type", from.type), element("path", path), element("skip", "false")],
  };
  const set = element("specSet", [
    element("propSet", [element("type", type), ...paths.map((it) => element("pathSet", it))]),
    element("objectSet", [reference("obj", from), element("skip", "true"), way]),
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
