import type { Context } from "../base/context";
import type { JsonMap } from "../base/json";
import type { InstallerKind } from "../schema/names";

export interface ConvertContext {
  /** Path of the new artifact; the file does not exist. A converter may return another path. */
  readonly output: string;
  /**
   * Content digest of the base disk, or the install key if the format is made from the installer.
   * Identifiers inside the artifact are derived from it, so that they are never random.
   */
  readonly contentDigest: string;
  /** Whether a target will send the artifact over a network. */
  readonly remote: boolean;
  readonly onProgress: (percent: number) => void;
  readonly signal: AbortSignal;
}

export interface Converted {
  readonly path: string;
  /**
   * Taken while writing. Undefined for an uncompressed raw disk or VHD unless a target needs it.
   */
  readonly sha256: string | undefined;
}

/** Source of an `iso`: the installer and the files to add. Content bundles lie below `rootDirectory`. */
export interface InstallerMaterial extends Pick<Context, "rootDirectory" | "warn"> {
  readonly path: string;
  readonly kind: InstallerKind;
  /** Paths of the cloud-configs that the installer already contains. */
  readonly configurations: readonly string[];
  /** The merged cloud-config of the image. */
  readonly userData: JsonMap;
}

/** Source of a format that is made from the base disk. */
export interface Material {
  /** The base disk, a sparse raw file. */
  readonly disk: string;
  /** The source artifact, for a format that is derived from another one (`sourceOf`). */
  readonly source?: { readonly path: string; readonly sha256?: string | undefined } | undefined;
}
