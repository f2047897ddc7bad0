import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../../../../provider/base/json";
import type { Random } from "./random";

type Step = string | number;

/** Changes the type or shape of one value, or the name of one key, at a random place. */
export function mutate(document: JsonMap, random: Random): JsonMap {
  const places = placesOf(document, []);
  if (places.length === 0) return { hostname: anyValue(random) };
  const place = random.pick(places);
  const changed = random.happens(0.2)
    ? changeKey(document, place, random)
    : changeAt(document, place, (value) => otherValue(value, random));
  return isJsonMap(changed) ? changed : document;
}

function placesOf(value: Json, path: readonly Step[]): readonly (readonly Step[])[] {
  const members = isJsonList(value)
    ? value.map((item, index): [Step, Json] => [index, item])
    : isJsonMap(value)
      ? Object.entries(value)
      : [];
  return members.flatMap(([step, member]) => {
    const place = [...path, step];
    return [place, ...placesOf(member, place)];
  });
}

function changeAt(value: Json, [step, ...rest]: readonly Step[], change: (at: Json) => Json): Json {
  if (step === undefined) return change(value);
  if (isJsonList(value)) {
    return value.map((item, index) => (index === step ? changeAt(item, rest, change) : item));
  }
  if (!isJsonMap(value)) return value;
  const members = Object.entries(value).map(
    ([key, member]) => [key, key === step ? changeAt(member, rest, change) : member] as const,
  );
  return Object.fromEntries(members);
}

function changeKey(document: JsonMap, place: readonly Step[], random: Random): Json {
  const last = place.at(-1);
  return changeAt(document, place.slice(0, -1), (map) => {
    if (!isJsonMap(map) || typeof last !== "string") return map;
    const members = Object.entries(map);
    if (random.happens(0.2)) return Object.fromEntries(members.filter(([key]) => key !== last));
    const renamed = members.map(
      ([key, member]) => [key === last ? misspelt(key, random) : key, member] as const,
    );
    return Object.fromEntries(renamed);
  });
}

function misspelt(key: string, random: Random): string {
  const at = random.below(key.length);
  const [before, letter, after] = [key.slice(0, at), key.charAt(at), key.slice(at + 1)];
  return random.pick([
    before + after,
    before + letter + letter + after,
    before + after.charAt(0) + letter + after.slice(1),
    before + letter.toUpperCase() + after,
    key.includes("_") ? key.replaceAll("_", "-") : key.replaceAll("-", "_"),
    `${key}s`,
  ]);
}

function otherValue(value: Json, random: Random): Json {
  return random.pick([
    () => anyValue(random),
    () => [value],
    () => ({ name: value }),
    () => (typeof value === "object" ? "x" : String(value)),
    () => (isJsonList(value) ? (value[0] ?? null) : isJsonMap(value) ? Object.values(value) : null),
    () => (isJsonList(value) ? [...value, anyValue(random)] : anyValue(random)),
    () => (isJsonMap(value) ? Object.entries(value).map(([key, of]) => ({ [key]: of })) : value),
  ])();
}

const scalars: readonly Json[] = [
  ...["", "x", "true", "yes", "off", "null", "~", "10", "0644", "0o644", "644", "10GiB", "1.10"],
  ...["root", "root:root", "echo status: up", "a\nb\n", "2026-01-02", "12:30", "1_000", "0x1F"],
  ...["{{ .Values.os.name }}", "é ☃", "- x", "[a]", "# x", "$HOME", "/dev/sda", "oci:a/b:1"],
  ...[0, 1, 7, 420, 644, 10240, -1, 1.5, -1.5, 1e21, 1e-7, 4294967296, 9007199254740991],
  ...[true, false, null],
];

function anyValue(random: Random): Json {
  return random.pick<() => Json>([
    () => random.pick(scalars),
    () => random.pick(scalars),
    () => [random.pick(scalars)],
    () => [random.pick(scalars), random.pick(scalars)],
    () => [],
    () => ({}),
    () => ({ name: random.pick(scalars) }),
    () => [{ name: random.pick(scalars) }],
    () => [[random.pick(scalars)]],
    () => ({ a: { b: random.pick(scalars) } }),
  ])();
}
