import type { BuildHost } from "../../hosts/_host";
import type { BuildHostSpec } from "../../schema/image";
import type { ParsedSpec } from "../../schema/parse";
import type { Data } from "../handlers";
import type { TargetOptions } from "./target-pool";

/** What a resource of images works with. */
export interface ImageResourceOptions extends TargetOptions {
  readonly openHost: (spec: BuildHostSpec, rootDirectory: string) => BuildHost;
  /** What a user may say of it; unless given, of a `StylusImage`. */
  readonly parse?: (inputs: Data) => ParsedSpec;
}
