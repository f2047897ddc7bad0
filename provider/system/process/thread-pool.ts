import { availableParallelism } from "node:os";

/**
 * Size of libuv's pool, where files are read, compressed and hashed, for the environment of a process that is to
 * start: two threads for each core, so that none waits for one that reads, and never fewer than 16.
 */
export function threadPoolSize(environment: NodeJS.ProcessEnv = process.env): string {
  return environment["UV_THREADPOOL_SIZE"] ?? String(Math.max(16, 2 * availableParallelism()));
}
