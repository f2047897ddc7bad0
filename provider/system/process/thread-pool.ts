import { availableParallelism } from "node:os";

/**
 * Size of libuv's thread pool, which reads, compresses and hashes files, for the environment of a new process: two
 * threads for each core, so that none of them waits for reads, and at least 16.
 */
export function threadPoolSize(environment: NodeJS.ProcessEnv = process.env): string {
  return environment["UV_THREADPOOL_SIZE"] ?? String(Math.max(16, 2 * availableParallelism()));
}
