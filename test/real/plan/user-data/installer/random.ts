import { seeded } from "../../../formats/vmdk/disks";

/** Choices that are the same for the same seed on every machine. */
export class Random {
  private readonly next: () => number;

  constructor(seed: number) {
    this.next = seeded(seed);
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("there is nothing to choose from");
    return item;
  }

  /** One to `most` of the items, in their order. */
  some<Item>(items: readonly Item[], most: number): readonly Item[] {
    const chosen = new Set(Array.from({ length: 1 + this.below(most) }, () => this.pick(items)));
    return items.filter((item) => chosen.has(item));
  }
}
