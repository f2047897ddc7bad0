import type { Context } from "../base/context";
import type { JsonMap } from "../base/json";
import type { InstallerKind } from "../schema/names";

export interface ConvertContext {
  /** Where the artifact goes; nothing is there. The converter may also answer with another path. */
  readonly output: string;
  /**
   * Content digest of the base disk, or the install key of what is made from the installer: what an artifact must carry
   * as identity is drawn from it, never at random.
   */
  readonly contentDigest: string;
  /** Whether a target will send the artifact over a network. */
  readonly remote: boolean;
  readonly onProgress: (percent: number) => void;
  readonly signal: AbortSignal;
}

export interface Converted {
  readonly path: string;
  /** Taken while writing; absent for an uncompressed raw that no target needs it of. */
  readonly sha256: string | undefined;
}

/** What an ISO is made from: the installer, and what is put into it. */
export interface InstallerMaterial extends Pick<Context, "rootDirectory" | "warn"> {
  readonly path: string;
  readonly kind: InstallerKind;
  /** Cloud-configs that it carries already, by their paths on it. */
  readonly configurations: readonly string[];
  /** The merged cloud-config of the image. */
  readonly userData: JsonMap;
}

/** What a format of the base disk is made from. */
export interface Material {
  /** The base disk: a sparse raw file. */
  readonly disk: string;
  /** The artifact that `sourceOf` the format names, where it names one. */
  readonly source?: { readonly path: string; readonly sha256?: string | undefined } | undefined;
}
