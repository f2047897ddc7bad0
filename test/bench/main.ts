import { engine } from "./engine";
import { formats } from "./formats";
import { installOverhead } from "./install-overhead";
import { peakMemory } from "./peak-memory";
import { publish } from "./publish";
import { push } from "./push";
import { unchangedUp } from "./unchanged-up";

const benchmarks: Readonly<Record<string, () => Promise<void>>> = {
  install: installOverhead,
  up: unchangedUp,
  memory: peakMemory,
  engine,
  formats,
  publish,
  push,
};

/** `npm run bench`, or `npm run bench -- install engine`. */
async function main(): Promise<void> {
  const wanted = process.argv.slice(2).filter((name) => name !== "--");
  for (const [name, run] of Object.entries(benchmarks)) {
    if (wanted.length === 0 || wanted.includes(name)) await run();
  }
}

void main();
