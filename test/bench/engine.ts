import { readdir, readFile } from "node:fs/promises";
import type { Stack } from "../e2e/stack";
import { removeUserProject } from "../e2e/stack";
import { World } from "../contract/world";
import { median, printRatio, printTable } from "./table";

const rounds = 5;
const counts = [1, 50];

const images = (count: number): string =>
  `for (let i = 0; i < ${count}; i++) new StylusImage("edge-" + i, args());`;

const trivial = (count: number): string => `
const provider: pulumi.dynamic.ResourceProvider = {
  async create() { return { id: "1", outs: {} }; },
  async diff() { return { changes: false }; },
};
for (let i = 0; i < ${count}; i++) new (class extends pulumi.dynamic.Resource {})(provider, "trivial-" + i, {});
`;

/** The same inputs and outputs without this package's code, to measure Pulumi's own cost. */
const sameData = (count: number, { inputs, outputs }: Recorded): string => `
const inputs = ${JSON.stringify(inputs)};
const outputs = ${JSON.stringify(outputs)};
const provider: pulumi.dynamic.ResourceProvider = {
  async check(olds, news) { return { inputs: news }; },
  async create() { return { id: "1", outs: outputs }; },
  async diff() { return { changes: false }; },
};
const names = Object.fromEntries(Object.keys(outputs).map((name) => [name, undefined]));
for (let i = 0; i < ${count}; i++) new (class extends pulumi.dynamic.Resource {})(provider, "same-" + i, { ...names, ...inputs });
`;

interface Recorded {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

const fleet = 200;
const fourPublications = `
for (let i = 0; i < ${fleet}; i++) {
  new StylusImage("edge-" + i, args({
    formats: ["raw", "qcow2"],
    publishTo: ["images", "elsewhere"].map((path) => ({ type: "directory" as const, path: folder + "/" + path })),
  }));
}
`;

/** The cost in the engine: unchanged images beside dynamic resources that do nothing, and a large refresh. */
export async function engine(): Promise<void> {
  const world = await World.create();
  try {
    for (const count of counts) await unchanged(world, count);
    await largeRefresh(world);
  } finally {
    await world.remove();
    await removeUserProject();
  }
}

async function unchanged(world: World, count: number): Promise<void> {
  const stacks = {
    trivial: await world.stack(`trivial-${count}`, trivial(count)),
    image: await world.stack(`image-${count}`, images(count)),
  };
  await stacks.trivial.up();
  await stacks.image.up();
  const program = sameData(count, await recordedImage(stacks.image));
  const same = await world.stack(`same-${count}`, program);
  await same.up();
  const verbs = {
    up: (stack: Stack) => stack.up("--expect-no-changes"),
    preview: (stack: Stack) => stack.preview("--expect-no-changes"),
  };
  for (const [verb, run] of Object.entries(verbs)) {
    const runs = { trivial: [] as number[], same: [] as number[], image: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      runs.trivial.push(await secondsOf(() => run(stacks.trivial)));
      runs.same.push(await secondsOf(() => run(same)));
      runs.image.push(await secondsOf(() => run(stacks.image)));
    }
    const image = { name: `${count} StylusImage`, values: runs.image };
    const empty = { name: `${count} trivial dynamic, empty`, values: runs.trivial };
    const full = { name: `${count} trivial dynamic, same data`, values: runs.same };
    printTable(`Unchanged ${verb}, wall time`, "s", [image, full, empty]);
    printRatio("StylusImage / trivial and empty", image, empty);
    printRatio("StylusImage / trivial with the same data", image, full);
    const more = median(runs.image) - median(runs.trivial);
    process.stdout.write(`  StylusImage costs ${more.toFixed(2)} s more than the empty one\n`);
  }
}

async function recordedImage(stack: Stack): Promise<Recorded> {
  const { deployment } = JSON.parse((await stack.run(["stack", "export"])).output) as {
    readonly deployment: { readonly resources: readonly (Recorded & { readonly type: string })[] };
  };
  const image = deployment.resources.find(({ type }) => type.includes("StylusImage"));
  if (image === undefined) throw new Error("There is no image in the stack.");
  return { inputs: withoutProvider(image.inputs), outputs: withoutProvider(image.outputs) };
}

function withoutProvider(properties: Recorded["inputs"]): Recorded["inputs"] {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => name !== "__provider"));
}

async function largeRefresh(world: World): Promise<void> {
  const stack = await world.stack("fleet", fourPublications);
  await stack.up("--parallel", "100");
  let peakMiB = 0;
  const sampler = setInterval(() => {
    void providerPeak().then((peak) => (peakMiB = Math.max(peakMiB, peak)));
  }, 200);
  const seconds = await secondsOf(() => stack.refresh());
  clearInterval(sampler);
  printTable(`Refresh of ${fleet} images with 4 publications each`, "s", [
    { name: "wall time", values: [seconds] },
  ]);
  printTable("Peak memory of the provider's process meanwhile", "MiB", [
    { name: "resident", values: [peakMiB] },
  ]);
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** The peak memory of the largest dynamic-provider process on this machine. */
async function providerPeak(): Promise<number> {
  const peaks = (await readdir("/proc")).map(async (pid) => {
    if (!/^\d+$/.test(pid)) return 0;
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
    if (!(await read("cmdline")).includes("dynamic-provider")) return 0;
    return Number(/VmHWM:\s+(\d+) kB/.exec(await read("status"))?.[1] ?? 0) / 1024;
  });
  return Math.max(0, ...(await Promise.all(peaks)));
}
