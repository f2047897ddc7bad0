import { z } from "zod";
import { canonicalJson } from "../../base/json";
import { formatSize } from "../../base/size";
import type { ImageSpec } from "../../schema/image";
import { formatPath } from "../../schema/parse";
import { targetId } from "../../schema/targets/identity";
import { targetSchema } from "../../schema/targets/target";
import type { Data } from "../handlers";
import { ownMember } from "./own-member";

/** A property whose value differs from that of the last update. Values are text for the user; absent if they are private. */
const inputChange = z.object({
  path: z.string(),
  then: z.string().optional(),
  now: z.string().optional(),
});
export type InputChange = z.infer<typeof inputChange>;

/** The input `__changes`: how the inputs differ from the former ones, which `diff` does not get. */
const inputChangesSchema = z.object({
  /** For the reasons: with defaults, so that spelling one out is no change. */
  named: z.array(inputChange),
  /** For the display: as the user wrote them. */
  properties: z.array(z.object({ path: z.string(), kind: z.enum(["add", "delete", "update"]) })),
});
export type InputChanges = z.infer<typeof inputChangesSchema>;

export function readChanges(inputs: Data): InputChanges {
  return inputChangesSchema.catch({ named: [], properties: [] }).parse(inputs["__changes"]);
}

/** `machine.firmware`: bios then, uefi now */
export function describeChange({ path, then, now }: InputChange): string {
  return `\`${path}\`${isShown({ then, now }) ? `: ${then} then, ${now} now` : ""}`;
}

/** `machine.firmware` changed (bios then, uefi now). */
export function changeSentence({ path, then, now }: InputChange): string {
  return `\`${path}\` changed${isShown({ then, now }) ? ` (${then} then, ${now} now)` : ""}.`;
}

/**
 * The properties in which two specs differ. Values are included only if no secret can stand there: switches, numbers, sizes,
 * and names that the schema lists.
 */
export function changedInputs(old: Partial<ImageSpec>, now: Partial<ImageSpec>): InputChange[] {
  const userData = userDataChanges(old.userData, now.userData);
  return [...valueChanges(visible(old), visible(now), []), ...userData];
}

/** The spec without what has its own comparison, and with the switches that are off by default. */
function visible(given: Partial<ImageSpec>): object {
  const { palette } = given;
  const spec = { ...given, userData: undefined };
  if (palette === undefined) return spec;
  const { debug = false, insecureSkipVerify = false } = palette;
  return { ...spec, palette: { ...palette, debug, insecureSkipVerify } };
}

function isShown<T>(values: {
  readonly then?: T;
  readonly now?: T;
}): values is Required<typeof values> {
  return values.then !== undefined && values.now !== undefined;
}

type Path = readonly (string | number)[];

function valueChanges(old: unknown, now: unknown, path: Path): InputChange[] {
  if (isSame(old, now)) return [];
  if (Array.isArray(old) && Array.isArray(now)) return listChanges(old, now, path);
  if (isObject(old) && isObject(now) && path.length < deepest) {
    const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
    return keys.flatMap((key) =>
      valueChanges(ownMember(old, key), ownMember(now, key), [...path, key]),
    );
  }
  const shown = { then: shownValue(old, path), now: shownValue(now, path) };
  return [{ path: formatPath(path), ...(isShown(shown) && shown) }];
}

/** Deep enough for `publishTo[0].deploy.network`; below that are the user's own keys. */
const deepest = 4;

/** Items are compared with the former item of the same name, so that an added item is the only change. */
function listChanges(old: readonly unknown[], now: readonly unknown[], path: Path): InputChange[] {
  const names = old.map(nameOf);
  const added = now.flatMap((item, index) => {
    const name = nameOf(item);
    const former = name === undefined ? index : names.indexOf(name);
    return valueChanges(old[former], item, [...path, index]);
  });
  const kept = new Set(now.map(nameOf));
  const removed =
    now.length < old.length || names.some((name) => name !== undefined && !kept.has(name));
  // The item that was removed has no place in the list any more.
  return removed || added.length === 0 ? [{ path: formatPath(path) }, ...added] : added;
}

/** The property that identifies an item of a list: the name of a user, the type of a format, the place of a target. */
function nameOf(item: unknown): string | undefined {
  const target = targetSchema.safeParse(item).data;
  if (target !== undefined) return targetId(target);
  if (!isObject(item)) return undefined;
  const name = item["name"] ?? item["type"];
  return typeof name === "string" ? name : undefined;
}

/** Names of properties whose texts the schema lists, so that they are no secrets. */
const listed = new Set([
  ...["firmware", "network", "accelerator", "kind", "managementMode", "registration"],
  ...["compression", "scsiType", "networkType", "disk", "afterInstall", "checksums", "sse"],
  ...["volumeMode", "provisioning", "artifacts", "recipe"],
]);
const sizes = new Set(["diskSize", "memory", "size", "partSize"]);
/** Values below these may be secrets, whatever they are called. */
const privateInputs = new Set(["triggers", "users", "installer"]);

function shownValue(value: unknown, path: Path): string | undefined {
  const name = path.at(-1);
  if (typeof name !== "string") return undefined;
  if (privateInputs.has(String(path[0])) && name !== "kind") return undefined;
  if (value === undefined) return "default";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return sizes.has(name) ? formatSize(value) : String(value);
  return typeof value === "string" && listed.has(name) ? value : undefined;
}

/** Changed keys of the user-data, at most two levels deep. Values are never included. */
function userDataChanges(old: ImageSpec["userData"], now: ImageSpec["userData"]): InputChange[] {
  if (isSame(old, now)) return [];
  const { ownPart } =
    require("../../plan/user-data/own") as typeof import("../../plan/user-data/own");
  // The reader with the fewest rules: only the keys count.
  const before = ownPart({ userData: old, reader: "generic" });
  const after = ownPart({ userData: now, reader: "generic" });
  const isReadable = before.problems.length === 0 && after.problems.length === 0;
  if (!isReadable) return [{ path: "userData" }];
  return keyChanges(before.document, after.document, "userData", 2);
}

function keyChanges(
  old: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
  path: string,
  levels: number,
): InputChange[] {
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return keys.flatMap((key) => {
    const [before, after] = [ownMember(old, key), ownMember(now, key)];
    if (isSame(before, after)) return [];
    // A key that is not a plain name may be a value that somebody wrote as a key.
    if (!/^[A-Za-z][\w-]{0,40}$/.test(key)) return [{ path }];
    const below = `${path}.${key}`;
    return isObject(before) && isObject(after) && levels > 1
      ? keyChanges(before, after, below, levels - 1)
      : [{ path: below }];
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === undefined || other === undefined) return one === other;
  return canonicalJson(one) === canonicalJson(other);
}
