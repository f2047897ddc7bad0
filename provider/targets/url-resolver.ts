import type { Publication } from "../schema/state";

export type AddressedFile = Pick<Publication, "uri" | "url">;

/** Capability: download URLs that depend on the target's current options, such as `publicUrl`, not on the recorded URL. */
export interface UrlResolver {
  urlOf(file: AddressedFile): Promise<string>;
}
