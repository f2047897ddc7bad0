import { canonicalJson } from "../../base/json";
import type { FormatOption } from "../../plan/packer/convert";
import { formatSchema, type FormatSpec } from "../../schema/formats";

interface SplitOptions {
  readonly formatOptions: readonly FormatOption[];
  /** The contents of the files that secret values are read from, by file name. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** The format options that differ from their defaults, as options of `convert`. Guest settings go into secret files. */
export function splitFormatOptions(formats: readonly FormatSpec[]): SplitOptions {
  const secrets = new Map<string, string>();
  const formatOptions = formats.flatMap((format) => {
    const defaults: Readonly<Record<string, unknown>> = formatSchema.parse(format.type);
    return Object.entries(format)
      .filter(([name, value]) => canonicalJson([value]) !== canonicalJson([defaults[name] ?? null]))
      .flatMap(([name, value]) => entriesOf(name, value))
      .map(([name, text]): FormatOption => {
        if (!name.startsWith("extraConfig.")) return { format: format.type, name, value: { text } };
        const file = `${format.type}-setting-${secrets.size + 1}`;
        secrets.set(file, text);
        return { format: format.type, name, value: { file } };
      });
  });
  return { formatOptions, secrets };
}

/** A map becomes one option for each key, a list one option for each item. */
function entriesOf(name: string, value: unknown): (readonly [string, string])[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => entriesOf(name, item));
  if (typeof value !== "object" || value === null) return [[name, String(value)]];
  return Object.entries(value).map(([key, item]) => [`${name}.${key}`, String(item)]);
}
