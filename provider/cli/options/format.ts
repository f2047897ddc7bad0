import { readFile } from "node:fs/promises";
import { describeThrown, type InputProblem } from "../../base/errors";
import { invalidInput } from "../../schema/parse";

/** `ova.cpus=4`; what stands behind a second dot is a key, as in `ova.extraConfig.guestinfo.userdata=...`. */
const wellFormed = /^([a-z0-9]+)\.([A-Za-z]+)(?:\.([^=]+))?=(.*)$/s;

/** The same options with the contents of files in the place of `@file`: what is secret must not stand in argv. */
export async function readFormatOptions(options: readonly string[] = []): Promise<string[]> {
  return Promise.all(
    options.map(async (option) => {
      const [, name = "", file] = /^([^=]+=)@(.+)$/s.exec(option) ?? [];
      if (file === undefined) return option;
      const text = await readFile(file, "utf8").catch((thrown: unknown) => {
        const reason = `${file} cannot be read: ${describeThrown(thrown)}`;
        throw invalidInput([{ path: "--format-option", reason }]);
      });
      return name + text;
    }),
  );
}

/** Formats as `--format` names them, which takes several at once. */
export function formatNamesOf(named: readonly string[] | undefined): string[] {
  return (named ?? ["qcow2"]).flatMap((names) => names.split(",")).map((name) => name.trim());
}

/** The same as objects, each with what `--format-option` says of it. */
export function formatsWithOptions(
  named: readonly string[] | undefined,
  options: readonly string[],
): readonly Readonly<Record<string, unknown>>[] {
  return formatNamesOf(named).map((type) => {
    const format: Record<string, unknown> = { type };
    for (const option of options) {
      const [, of, name = "", key, text = ""] = wellFormed.exec(option) ?? [];
      if (of !== type) continue;
      if (key === undefined) {
        const value = valueOf(text);
        // Given again, it is a list.
        format[name] = format[name] === undefined ? value : [format[name], value].flat();
      } else format[name] = { ...(format[name] as object | undefined), [key]: text };
    }
    return format;
  });
}

/** Options that cannot be read, or are of a format that is not made. */
export function formatOptionProblems(
  options: readonly string[],
  formats: readonly string[],
): InputProblem[] {
  return options.flatMap((option) => {
    const [, of = ""] = wellFormed.exec(option) ?? [];
    const [name = ""] = option.split("=");
    const path = "--format-option";
    if (of === "") {
      return [
        { path, reason: `"${name}" is not of the form format.option=value, such as ova.cpus=4` },
      ];
    }
    return formats.includes(of) ? [] : [{ path, reason: `"${name}" needs --format ${of}` }];
  });
}

/** Numbers and truth values are written as everywhere else. */
function valueOf(text: string): unknown {
  if (/^\d+$/.test(text)) return Number(text);
  return text === "true" || text === "false" ? text === "true" : text;
}
