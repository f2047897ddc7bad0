import { StylusError } from "../../base/errors";

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
