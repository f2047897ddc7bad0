import { element, reference, type Reference, type Soap } from "./soap";
import type { XmlNode } from "../../../base/xml-read";

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
