import type { BuildHost } from "../../hosts/host";
import type { BuildHostSpec } from "../../schema/image";
import type { ParsedSpec } from "../../schema/parse";
import type { TargetContext } from "../../targets/open-target";
import type { Data } from "../handlers";

/** How a resource of images parses its inputs and where it builds. */
export interface ImageResourceOptions extends TargetContext {
  readonly openHost: (spec: BuildHostSpec, rootDirectory: string) => BuildHost;
  /** Parses the inputs. Default: those of a `StylusImage`. */
  readonly parse?: (inputs: Data) => ParsedSpec;
}
