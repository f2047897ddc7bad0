import { z } from "zod";
import { StylusError } from "../../../base/errors";
import type { VsphereTargetSpec } from "../../../schema/targets/vsphere";
import { hasStatus, isFault } from "../client/server-fault";
import { quoted } from "../client/inventory";
import type { Rest } from "../client/rest";

/** Below `/rest/com/vmware`. */
const root = "/content/library";

const ids = z
  .array(z.string())
  .nullish()
  .transform((found) => found ?? []);
const library = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string().optional(),
  storage_backings: z
    .array(z.object({ datastore_id: z.string().nullish() }))
    .nullish()
    .transform((found) => found ?? []),
});
export type Library = z.infer<typeof library>;

const item = z.object({
  id: z.string(),
  name: z.string(),
  description: z
    .string()
    .nullish()
    .transform((text) => text ?? ""),
  type: z.string().nullish(),
});
export type LibraryItem = z.infer<typeof item>;

const files = z
  .array(z.object({ name: z.string(), size: z.number().nullish() }))
  .nullish()
  .transform((found) => found ?? []);

/** Sizes in bytes by name. */
export type LibraryFiles = Readonly<Record<string, number>>;

/** Finds the target's library by its name or ID. Throws `publish.not-found` with the existing names. */
export async function findLibrary(
  rest: Rest,
  { server, library: wanted = "" }: VsphereTargetSpec,
  signal: AbortSignal,
): Promise<Library> {
  const named = await rest.call(
    "POST",
    `${root}?~action=find`,
    { spec: { name: wanted } },
    ids,
    signal,
  );
  const [only] = named;
  if (named.length > 1) {
    throw new StylusError("publish.not-found", {
      what: `${server} has ${named.length} content libraries called "${wanted}": ${quoted(named)}.`,
      next: "Give the ID of one of them as the target's `library`.",
    });
  }
  const found = await readLibrary(rest, only ?? wanted, signal);
  if (found !== undefined) return found;
  const all = await rest.call("GET", root, undefined, ids, signal);
  const names: string[] = [];
  for (const id of all.slice(0, 20)) names.push((await readLibrary(rest, id, signal))?.name ?? id);
  throw new StylusError("publish.not-found", {
    what: `${server} has no content library "${wanted}".`,
    why:
      names.length === 0
        ? "This user can see none."
        : `There ${names.length === 1 ? "is" : "are"} ${quoted(names)}.`,
    next: `Correct the target's \`library\`, or create it: \`govc library.create ${wanted}\`.`,
  });
}

async function readLibrary(
  rest: Rest,
  id: string,
  signal: AbortSignal,
): Promise<Library | undefined> {
  return unlessNotFound(
    rest.call("GET", `${root}/id:${encodeURIComponent(id)}`, undefined, library, signal),
  );
}

/** Finds the item of that name; names are unique within a library. */
export async function findItem(
  rest: Rest,
  { id: library_id }: Library,
  name: string,
  signal: AbortSignal,
): Promise<LibraryItem | undefined> {
  const spec = { library_id, name };
  for (const id of await rest.call("POST", `${root}/item?~action=find`, { spec }, ids, signal)) {
    const found = await readItem(rest, id, signal);
    // The server's search ignores case.
    if (found?.name === name) return found;
  }
  return undefined;
}

export async function listItems(
  rest: Rest,
  { id }: Library,
  signal: AbortSignal,
): Promise<readonly string[]> {
  return rest.call(
    "GET",
    `${root}/item?library_id=${encodeURIComponent(id)}`,
    undefined,
    ids,
    signal,
  );
}

export async function readItem(
  rest: Rest,
  id: string,
  signal: AbortSignal,
): Promise<LibraryItem | undefined> {
  return unlessNotFound(rest.call("GET", itemPath(id), undefined, item, signal));
}

export async function listFiles(
  rest: Rest,
  id: string,
  signal: AbortSignal,
): Promise<LibraryFiles> {
  const path = `${root}/item/file?library_item_id=${encodeURIComponent(id)}`;
  const found = await rest.call("GET", path, undefined, files, signal);
  return Object.fromEntries(found.map(({ name, size }) => [name, size ?? 0]));
}

export async function createItem(
  rest: Rest,
  spec: {
    readonly library_id: string;
    readonly name: string;
    readonly description: string;
    readonly type: string;
  },
  signal: AbortSignal,
): Promise<string> {
  return rest.call("POST", `${root}/item`, { create_spec: spec }, z.string(), signal);
}

export async function updateItem(
  rest: Rest,
  id: string,
  update_spec: { readonly name: string; readonly description: string },
  signal: AbortSignal,
): Promise<void> {
  await rest.call("PATCH", itemPath(id), { update_spec }, z.unknown(), signal);
}

/** Removes an item with its files; succeeds if it does not exist. */
export async function deleteItem(rest: Rest, id: string, signal: AbortSignal): Promise<void> {
  await unlessNotFound(rest.call("DELETE", itemPath(id), undefined, z.unknown(), signal));
}

function itemPath(id: string): string {
  return `${root}/item/id:${encodeURIComponent(id)}`;
}

async function unlessNotFound<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  }
}

/** Some servers send 404 without a body. */
function isNotFound(thrown: unknown): boolean {
  return isFault(thrown, "not_found") || hasStatus(thrown, 404);
}
