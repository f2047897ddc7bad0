import { availableParallelism } from "node:os";
import { pMapIterable } from "p-map";

/**
 * Works on several items at once and gives the results in order. What zlib does runs in libuv's
 * pool, so as many at once as there are processors keep all busy; twelve pieces of 2 MiB, with what
 * an encoder needs for each, stay below 100 MiB.
 */
export async function* inParallel<In, Out>(
  items: AsyncGenerator<In>,
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const concurrency = Math.min(12, availableParallelism() + 1);
  try {
    const boxed = pMapIterable(items, async (item) => ({ result: await work(item) }), {
      concurrency,
    });
    for await (const { result } of boxed) yield result;
  } finally {
    // Waits for a read under way: its file must not be closed, or used by another, before.
    await items.return(undefined);
  }
}
