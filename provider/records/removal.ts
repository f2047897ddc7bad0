import type { Publication } from "../schema/state";
import type { Target } from "../targets/target";
import { requireAnswer, type KnownPlaces } from "./presence";
import type { Released } from "./scope";

/** Removes publications from one target, and collects what was done. */
export interface Removal {
  /** Throws if the target sees nothing, and it is not shown that the publication is gone. */
  remove(publication: Publication, signal: AbortSignal): Promise<void>;
  done(): Released;
}

export function startRemoval(target: Target, known: KnownPlaces): Removal {
  const removed: Publication[] = [];
  const absent: Publication[] = [];
  const left: string[] = [];
  return {
    async remove(publication, signal) {
      const result = await target.remove(publication, signal);
      left.push(...result.left);
      if (result.state === "removed") removed.push(publication);
      if (result.state !== "absent") return;
      await requireAnswer(target, publication, known, signal);
      absent.push(publication);
    },
    done: () => ({ removed: [...removed], absent: [...absent], left: [...left], kept: [] }),
  };
}
