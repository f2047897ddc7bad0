import { StylusError } from "../../base/errors";
import type { ListedOwner } from "../../records/list-owners";

/** The first 12 digits of the install key that an ID (`name-0123456789ab`) or an install key contains. */
export function shortKeyOf(image: string): string {
  const match = /^(?:.+-)?([0-9a-f]{12})$|^([0-9a-f]{12})[0-9a-f]{52}$/.exec(image);
  const key = match?.[1] ?? match?.[2];
  if (key !== undefined) return key;
  throw new StylusError("input.invalid", {
    what: `"${image}" is neither the ID of an image nor an install key.`,
    next: "Give the ID that Pulumi shows (name-0123456789ab), or the install key, 64 hexadecimal digits.",
  });
}

/** Whether the text names the owner's image by ID or install key, or the owner by URN or name. */
export function isMeant({ installKey, owner }: ListedOwner, text: string): boolean {
  const [, , digits] = /^(.+-)?([0-9a-f]{12})$/.exec(text) ?? [];
  return (
    text === installKey ||
    digits === installKey.slice(0, 12) ||
    text === owner ||
    text === owner.split("::").at(-1)
  );
}
