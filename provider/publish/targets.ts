import type { TargetSpec } from "../spec/target-spec";
import type { Target } from "./target";

export interface TargetContext {
  readonly rootDirectory: string;
  readonly cacheDirectory: string;
}

/** The target that a spec describes; its client is loaded only here. */
export function openTarget(spec: TargetSpec, context: TargetContext): Target {
  switch (spec.type) {
    case "directory": {
      const { directoryTarget } = require("./directory") as typeof import("./directory");
      return directoryTarget(spec, context);
    }
    case "s3": {
      const { s3Target } = require("./s3") as typeof import("./s3");
      return s3Target(spec);
    }
    case "http": {
      const { httpTarget } = require("./http") as typeof import("./http");
      return httpTarget(spec, context);
    }
    case "oci": {
      const { ociTarget } = require("./oci") as typeof import("./oci");
      return ociTarget(spec, context);
    }
    case "vsphere": {
      const { vsphereTarget } = require("./vsphere") as typeof import("./vsphere");
      return vsphereTarget(spec, context);
    }
    case "cdi": {
      const { cdiTarget } = require("./cdi") as typeof import("./cdi");
      return cdiTarget(spec, context);
    }
  }
}
