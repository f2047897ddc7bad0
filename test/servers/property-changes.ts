export type Properties = Readonly<Record<string, unknown>>;

export type Change = "add" | "delete" | "update";

/** The paths of all properties in which two values differ, in the engine's notation: `spec.disks[0].name`. */
export function changesBetween(olds: Properties, news: Properties): ReadonlyMap<string, Change> {
  const found = new Map<string, Change>();
  collect("", olds, news, found);
  return found;
}

function collect(path: string, old: unknown, now: unknown, found: Map<string, Change>): void {
  if (Array.isArray(old) && Array.isArray(now)) {
    for (let index = 0; index < Math.max(old.length, now.length); index++) {
      collect(`${path}[${index}]`, old[index], now[index], found);
    }
  } else if (isObject(old) && isObject(now)) {
    for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
      collect(pathOf(path, name), old[name], now[name], found);
    }
  } else if (old !== now) {
    found.set(path, old === undefined ? "add" : now === undefined ? "delete" : "update");
  }
}

function pathOf(above: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${above}["${name}"]`;
  return above === "" ? name : `${above}.${name}`;
}

export function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
