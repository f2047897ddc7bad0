import type { Firmware, InstallerKind } from "../schema/names";

export interface ExpectedFile {
  readonly path: string;
  readonly minimumBytes: number;
  /** The error if it is missing: the install did not finish, or the user-data is not there. */
  readonly code: "install.incomplete" | "verify.user-data-missing";
}

export interface ExpectedPartition {
  /** Label of the file system. */
  readonly label: string;
  readonly files: readonly ExpectedFile[];
}

/** Requirements for the disk of a complete install. */
export interface DiskExpectation {
  /** The disk needs a boot loader for this firmware. */
  readonly firmware: Firmware;
  /** Empty for a generic installer: then one file system of any kind is enough. */
  readonly partitions: readonly ExpectedPartition[];
}

/** The label of the file system that the installed system mounts at `/oem`. */
export const oemLabel = "COS_OEM";
/** The merged user-data, in the root folder of that file system. */
export const configurationFile = "/90_custom.yaml";

const smallestImage = 1024 * 1024;
const image = (path: string): ExpectedFile => ({
  path,
  minimumBytes: smallestImage,
  code: "install.incomplete",
});

/** kairos-agent writes the labels first and the two `state.yaml` files last (pkg/action/install.go). */
const stateFile: ExpectedFile = {
  path: "/state.yaml",
  minimumBytes: 1,
  code: "install.incomplete",
};

const partitions: Record<InstallerKind, readonly ExpectedPartition[]> = {
  kairos: [
    {
      label: "COS_STATE",
      files: [stateFile, image("/cOS/active.img"), image("/cOS/passive.img")],
    },
    { label: "COS_RECOVERY", files: [stateFile, image("/cOS/recovery.img")] },
    { label: "COS_PERSISTENT", files: [] },
    {
      label: oemLabel,
      files: [{ path: configurationFile, minimumBytes: 1, code: "verify.user-data-missing" }],
    },
  ],
  generic: [],
};

export function expectationFor(kind: InstallerKind, firmware: Firmware): DiskExpectation {
  return { firmware, partitions: partitions[kind] };
}
