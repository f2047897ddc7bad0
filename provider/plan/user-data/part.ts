import type { InputProblem } from "../../base/errors";
import type { JsonMap } from "../../base/json";
import type { UserSpec } from "../../schema/image";
import type { InstallerKind } from "../../schema/names";
import type { PaletteSpec } from "../../schema/palette";

/**
 * The reader of the cloud-config: an installer of a kind, or with `site` an installed machine at its first boot on site.
 * `auto` counts as `kairos`, because the kind of an installer is known only after its download.
 */
export type UserDataReader = InstallerKind | "auto" | "site";

export interface UserDataInput {
  readonly palette?: PaletteSpec | undefined;
  readonly users?: readonly UserSpec[] | undefined;
  /** The user's own cloud-config: text, or an object. */
  readonly userData?: string | object | undefined;
  readonly reader: UserDataReader;
  readonly singleHost: boolean;
  /** Bytes of the virtual disk; undefined for a site, or while it is not known. */
  readonly diskSize?: number | undefined;
  /**
   * `write defaults`: as earlier versions did, write the switches of an image that are off, as they are by default, and users
   * of a site seed in a stage only.
   */
  readonly defaults?: "write defaults" | undefined;
}

/** The input of a generated part, which depends on the user's own cloud-config too. */
export interface PartInput extends UserDataInput {
  readonly own: JsonMap;
}

export interface Findings {
  /** Each with the property path at which the user wrote the value. */
  readonly problems: readonly InputProblem[];
  readonly warnings: readonly string[];
}

/** A piece of a cloud-config. The document is complete only if there are no problems. */
export interface Part extends Findings {
  readonly document: JsonMap;
}

/** All findings, in the order of the list. */
export function joinFindings(list: readonly Findings[]): Findings {
  return {
    problems: list.flatMap(({ problems }) => problems),
    warnings: list.flatMap(({ warnings }) => warnings),
  };
}
