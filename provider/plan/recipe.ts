/**
 * A recipe is everything of ours that decides what an install leaves, besides what the user said.
 * A published recipe is never edited: a change is a new entry, and existing images keep theirs.
 */
export interface Recipe {
  readonly version: string;
  /** A versioned machine type, so that a newer QEMU builds the same machine. Known from QEMU 6.2 on. */
  readonly machineType: string;
  /** Generic kernels know AHCI; Debian's cloud kernel does not and is no installer's kernel. */
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

/** The recipe of that version, or undefined where it was made by a newer package than this one. */
export function findRecipe(version: string): Recipe | undefined {
  return Object.hasOwn(recipes, version) ? recipes[version as keyof typeof recipes] : undefined;
}
