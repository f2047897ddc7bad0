import type { PublishedFile } from "../schema/state";

/** Where a published file is: for this package (`uri`), and for those who download it (`url`). */
export type Address = Pick<PublishedFile, "uri" | "url">;

/** Capability: the address of a file depends on where the target is now and on its current options. */
export interface Addresses {
  /** The current address of a file at this target, whatever address was recorded for it. */
  addressOf(file: PublishedFile, signal: AbortSignal): Promise<Address>;
}

/** The current address of a file, or the recorded one if the target's addresses never change. */
export async function addressAt(
  { capabilities }: { readonly capabilities: { readonly addresses?: Addresses } },
  file: PublishedFile,
  signal: AbortSignal,
): Promise<Address> {
  const { uri, url } = file;
  return (await capabilities.addresses?.addressOf(file, signal)) ?? { uri, url };
}
