import type { BuildHost } from "../hosts/host";
import type { BuildHostSpec } from "../spec/image-spec";
import type { ParsedSpec } from "../spec/parse";
import type { Data } from "./handlers";
import type { TargetOptions } from "./image-targets";

/** What a resource of images works with. */
export interface ImageResourceOptions extends TargetOptions {
  readonly openHost: (spec: BuildHostSpec, rootDirectory: string) => BuildHost;
  /** What a user may say of it; unless given, of a `StylusImage`. */
  readonly parse?: (inputs: Data) => ParsedSpec;
}
