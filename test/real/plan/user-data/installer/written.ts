import { stringify } from "yaml";
import type { JsonMap } from "../../../../../provider/base/json";
import type { Random } from "./random";

/** Scalars and lines that YAML 1.1, YAML 1.2 and people read differently, or that are no YAML. */
const scalars = [
  ...["yes", "No", "on", "OFF", "y", "~", "null", "", "True", "true", "x", '"yes"', "'no'"],
  ...["0644", "0o644", '"0644"', "1_000", "1e3", ".5", "1.10", "12:30", "0x1F", "0b11", "+1"],
  ...["2026-01-02", "2026-01-02T10:00:00Z", "!!str 5", "!!binary aGk=", "&a b", "*a", "x: y"],
  ...["@x", "`x`", "%x", "- x", "[a, b]", "{a: b}", "[a", '"x', "x # y", "x #y", "|\n      a\n"],
];

/** A cloud-config as somebody types it, usually with one word that is written in another way. */
export function writeText(document: JsonMap, random: Random): string {
  const lines = stringify(document, { lineWidth: 0, version: "1.1" }).split("\n");
  const header = random.happens(0.5) ? ["#cloud-config"] : [];
  const text = [...header, ...retype(lines, random)].join("\n");
  return random.happens(0.1) ? text.replaceAll("\n", "\r\n") : text;
}

function retype(lines: readonly string[], random: Random): readonly string[] {
  const at = random.below(lines.length);
  const line = lines[at] ?? "";
  const [before, after] = [lines.slice(0, at), lines.slice(at + 1)];
  const change = random.pick<() => readonly string[]>([
    () => [line],
    () => [line.replace(/(:|-) (?=[^-\s]*$).*$/, `$1 ${random.pick(scalars)}`)],
    () => [line.replace(/(:|-) (?=[^-\s]*$).*$/, `$1 ${random.pick(scalars)}`)],
    () => [line.replace(/: .*$/, `: ${random.pick(scalars)}`)],
    () => [line.replace(/^(\s*)- .*$/, `$1- ${random.pick(scalars)}`)],
    () => [line, line],
    () => [line.replace(/^ {2}/, "\t")],
    () => [`${line} # a comment`],
    () => ["---", line],
  ]);
  return [...before, ...change(), ...after];
}
