/**
 * A recipe is everything in this package that affects the result of an install, apart from the user's inputs.
 * A published recipe is never edited: a change is a new entry, and existing images keep their recipe.
 */
export interface Recipe {
  readonly version: string;
  /** A versioned machine type, so that a newer QEMU builds the same machine. Known from QEMU 6.2 on. */
  readonly machineType: string;
  /** Generic kernels support AHCI. Debian's cloud kernel does not, but no installer uses it. */
  readonly cdBus: "ahci";
  readonly diskBus: "virtio-blk-pci";
  readonly nic: "virtio-net-pci";
}

const recipes = {
  "1": {
    version: "1",
    machineType: "pc-q35-6.2",
    cdBus: "ahci",
    diskBus: "virtio-blk-pci",
    nic: "virtio-net-pci",
  },
} as const satisfies Record<string, Recipe>;

export const latestRecipe = "1";

/** The recipe of a version; undefined if a newer version of this package made it. */
export function findRecipe(version: string): Recipe | undefined {
  return Object.hasOwn(recipes, version) ? recipes[version as keyof typeof recipes] : undefined;
}
