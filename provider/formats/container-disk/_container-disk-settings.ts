import type { FormatOf } from "../../schema/formats";
import type { ImageSettings } from "./oci-archive";

/**
 * Where KubeVirt looks for the defaults of a virtual machine: CDI makes labels of the DataVolume's
 * claim out of the environment. The image carries the labels as well, for who reads those; there an
 * option counts before a label of the same name.
 */
export function imageSettings({
  preference,
  instanceType,
  labels,
}: FormatOf<"containerdisk">): ImageSettings {
  return {
    environment: {
      ...named("INSTANCETYPE_KUBEVIRT_IO_DEFAULT_INSTANCETYPE", instanceType),
      ...named("INSTANCETYPE_KUBEVIRT_IO_DEFAULT_PREFERENCE", preference),
    },
    labels: {
      ...labels,
      ...named("instancetype.kubevirt.io/default-instancetype", instanceType),
      ...named("instancetype.kubevirt.io/default-preference", preference),
    },
  };
}

function named(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value };
}
