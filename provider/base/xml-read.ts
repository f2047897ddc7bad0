/** An element of an XML document. Its name has no namespace prefix. */
export interface XmlNode {
  readonly name: string;
  /** By their names with prefixes: a reference has `type`, and as a value `xsi:type`, too. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
  readonly text: string;
}

interface OpenNode {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: OpenNode[];
  text: string;
}

const token =
  /<\?.*?\?>|<!--.*?-->|<!\[CDATA\[(?<raw>.*?)\]\]>|<\/(?<end>[^\s>]+)\s*>|<(?<start>[^\s/>!]+)(?<attributes>(?:\s+[^\s=>]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(?<empty>\/?)>|(?<text>[^<]+)/gsy;

/**
 * Reads XML as SOAP servers write it: without a document type and custom entities. Throws for
 * anything else.
 */
export function parseXml(document: string): XmlNode {
  const root: OpenNode = { name: "", attributes: {}, children: [], text: "" };
  const path = [root];
  let end = 0;
  const written = document.replace(/^\uFEFF/, "");
  for (const match of written.matchAll(token)) {
    const { raw, end: closed, start, attributes = "", empty, text } = match.groups ?? {};
    const parent = path.at(-1) ?? root;
    end = match.index + match[0].length;
    if (raw !== undefined) parent.text += raw;
    else if (text !== undefined) parent.text += unescape(text);
    else if (closed !== undefined) {
      if (path.length < 2 || parent.name !== local(closed)) throw new Error("the XML is broken");
      path.pop();
    } else if (start !== undefined) {
      const node = { name: local(start), attributes: read(attributes), children: [], text: "" };
      parent.children.push(node);
      if (empty !== "/") path.push(node);
    }
  }
  const [only] = root.children;
  const rest = root.text + written.slice(end);
  if (only === undefined || path.length > 1 || rest.trim() !== "") {
    throw new Error("the answer is not XML");
  }
  return only;
}

/** The first element with this path. */
export function child(node: XmlNode | undefined, ...path: readonly string[]): XmlNode | undefined {
  return path.reduce<XmlNode | undefined>(
    (at, name) => at?.children.find((it) => it.name === name),
    node,
  );
}

function read(attributes: string): Record<string, string> {
  const found = attributes.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g);
  return Object.fromEntries(
    [...found].map(([, name = "", one, other = ""]) => [name, unescape(one ?? other)]),
  );
}

function local(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

const entities: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};

function unescape(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex, decimal, name) => {
    if (typeof hex === "string") return String.fromCodePoint(Number.parseInt(hex, 16));
    if (typeof decimal === "string") return String.fromCodePoint(Number(decimal));
    return entities[String(name)] ?? whole;
  });
}
