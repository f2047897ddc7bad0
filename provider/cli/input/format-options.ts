import type { InputProblem } from "../../base/errors";
import { invalidInput } from "../../schema/parse";
import { readText } from "../../system/files/read-text";
import type { Parsed } from "./parsed";
import { describeUnreadable } from "./system-error";

/** The option that problems are reported for. */
const optionName = "--format-option";

/** `ova.cpus=4`; the rest after a second dot is a key, as in `ova.extraConfig.guestinfo.userdata=...`. */
const wellFormed = /^([a-z0-9]+)\.([A-Za-z]+)(?:\.([^=]+))?=(.*)$/s;

/** Replaces each `@file` by the content of the file: a secret must not be in argv. */
export async function readFormatOptions(settings: readonly string[] = []): Promise<string[]> {
  const problems: InputProblem[] = [];
  const read: string[] = [];
  for (const setting of settings) {
    const [, name = "", file] = /^([^=]+=)@(.+)$/s.exec(setting) ?? [];
    if (file === undefined) {
      read.push(setting);
      continue;
    }
    const text = await readText(file).catch((thrown: unknown) => {
      problems.push({ path: optionName, reason: describeUnreadable(file, thrown) });
      return "";
    });
    read.push(name + text);
  }
  if (problems.length > 0) throw invalidInput(problems);
  return read;
}

/** The names given to `--format`, each value a comma-separated list. The default is qcow2. */
export function formatNamesOf(values: readonly string[] = ["qcow2"]): string[] {
  return values.flatMap((names) => names.split(",")).map((name) => name.trim());
}

interface Setting {
  readonly format: string;
  readonly name: string;
  readonly key: string | undefined;
  readonly text: string;
}

/** The formats as objects, each with its `--format-option` values. */
export function parseFormats(
  formats: readonly string[] | undefined,
  options: readonly string[],
): Parsed<readonly Readonly<Record<string, unknown>>[]> {
  const names = formatNamesOf(formats);
  const problems: InputProblem[] = [];
  const settings: Setting[] = [];
  for (const text of options) {
    const setting = parseSetting(text);
    const [name = ""] = text.split("=");
    if (setting === undefined) {
      const reason = `"${name}" is not of the form format.option=value, such as ova.cpus=4`;
      problems.push({ path: optionName, reason });
    } else if (!names.includes(setting.format)) {
      problems.push({ path: optionName, reason: `"${name}" needs --format ${setting.format}` });
    } else settings.push(setting);
  }
  return { value: names.map((type) => formatWith(type, settings)), problems };
}

function parseSetting(text: string): Setting | undefined {
  const [, format, name = "", key, value = ""] = wellFormed.exec(text) ?? [];
  return format === undefined ? undefined : { format, name, key, text: value };
}

function formatWith(type: string, settings: readonly Setting[]): Record<string, unknown> {
  const format: Record<string, unknown> = { type };
  for (const { name, key, text } of settings.filter((it) => it.format === type)) {
    const previous = format[name];
    if (key !== undefined) format[name] = { ...(isObject(previous) && previous), [key]: text };
    // An option that is given again becomes a list.
    else format[name] = previous === undefined ? valueOf(text) : [previous, valueOf(text)].flat();
  }
  return format;
}

function isObject(value: unknown): value is object {
  return typeof value === "object";
}

/** Numbers and booleans are recognized by their spelling; anything else is text. */
function valueOf(text: string): unknown {
  if (/^\d+$/.test(text)) return Number(text);
  return text === "true" || text === "false" ? text === "true" : text;
}
