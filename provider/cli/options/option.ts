import { InvalidArgumentError, Option } from "commander";

export interface JsonOptions {
  readonly json?: boolean;
}

export function jsonOption(): Option {
  return new Option("--json", "print the result as one JSON document");
}

/** The same options below a heading of the help. */
export function grouped(heading: string, options: readonly Option[]): Option[] {
  return options.map((option) => option.helpGroup(heading));
}

/** An option that may be given several times, with one value each: a second value could be an argument. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, `${description}; repeatable`).argParser(
    (value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value],
  );
}

/** An option whose default the schema sets; the help only mentions it. */
export function withDefault(flags: string, description: string, value: string): Option {
  return new Option(flags, `${description} (default: ${value})`);
}

/** An option whose value is a time such as `30d`, `12h` or `15m`, in milliseconds. */
export function durationOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(parseDuration);
}

function parseDuration(text: string): number {
  const match = /^(\d+)([mhd])$/.exec(text);
  const unit = { m: 60_000, h: 3_600_000, d: 86_400_000 }[match?.[2] ?? ""];
  if (match === null || unit === undefined) {
    throw new InvalidArgumentError('Write a number with a unit: "30d", "12h" or "15m".');
  }
  return Number(match[1]) * unit;
}
