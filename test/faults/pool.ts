import { availableParallelism } from "node:os";
import { standInInstaller } from "../servers/stand-in";

let start: () => void;
const started = new Promise<void>((resolve) => (start = resolve));
const waiting: (() => void)[] = [];
let free = availableParallelism();

/**
 * Registers work when a test file is loaded and starts it with the file's first fault test: as many at once as the
 * machine has cores, in the order of registration. Each test awaits the outcome that it checks.
 */
export function inBackground<T>(work: () => Promise<T>): Promise<T> {
  const done = started.then(() => inTurn(work));
  // It may fail before a test awaits it, which is not an unhandled rejection.
  done.catch(() => undefined);
  return done;
}

/** Starts the registered work after the installer has been built. */
export async function startBackground(): Promise<void> {
  try {
    await standInInstaller();
  } finally {
    start();
  }
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
  else free -= 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  }
}

/** Milliseconds that a test may wait for its work on a slow machine. */
export const patience = 1_500_000;
