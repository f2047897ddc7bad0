import type { Context } from "../base/context";
import type { TargetSpec } from "../schema/targets/target";
import type { Target } from "./target";

export type TargetContext = Pick<Context, "rootDirectory" | "cacheDirectory">;

/** The target that a spec describes; its client is loaded only here. */
export function openTarget(spec: TargetSpec, context: TargetContext): Target {
  switch (spec.type) {
    case "directory": {
      const { directoryTarget } =
        require("./directory/target") as typeof import("./directory/target");
      return directoryTarget(spec, context);
    }
    case "s3": {
      const { s3Target } = require("./s3/target") as typeof import("./s3/target");
      return s3Target(spec);
    }
    case "http": {
      const { httpTarget } = require("./http/target") as typeof import("./http/target");
      return httpTarget(spec, context);
    }
    case "oci": {
      const { ociTarget } = require("./oci/target") as typeof import("./oci/target");
      return ociTarget(spec, context);
    }
    case "vsphere": {
      const { vsphereTarget } = require("./vsphere/target") as typeof import("./vsphere/target");
      return vsphereTarget(spec, context);
    }
    case "cdi": {
      const { cdiTarget } = require("./cdi/target") as typeof import("./cdi/target");
      return cdiTarget(spec, context);
    }
  }
}
