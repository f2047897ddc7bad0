import { canonicalJson } from "../../base/json";
import type { FormatOption } from "../../plan/packer/convert";
import { formatSchema, type FormatSpec } from "../../schema/formats";

export interface SplitOptions {
  readonly formatOptions: readonly FormatOption[];
  /** Contents of the files that secret values are read from, by name. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** The options of formats that are not their defaults, as `convert` takes them; a guest's settings may be secrets. */
export function splitFormatOptions(formats: readonly FormatSpec[]): SplitOptions {
  const secrets = new Map<string, string>();
  const formatOptions = formats.flatMap((format) => {
    const usual: Readonly<Record<string, unknown>> = formatSchema.parse(format.type);
    return Object.entries(format)
      .filter(([name, value]) => canonicalJson([value]) !== canonicalJson([usual[name] ?? null]))
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

/** A map's keys stand behind a second dot; a list is given again and again. */
function entriesOf(name: string, value: unknown): (readonly [string, string])[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => entriesOf(name, item));
  if (typeof value !== "object" || value === null) return [[name, String(value)]];
  return Object.entries(value).map(([key, item]) => [`${name}.${key}`, String(item)]);
}
