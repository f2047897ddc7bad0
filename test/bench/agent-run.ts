import { execa } from "execa";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { agentEventSchema } from "../../provider/plan/events";
import { buildRequest } from "../../provider/resource/image/request";
import { resolveImage } from "../../provider/resource/image/resolve";
import { requireImageSpec } from "../../provider/schema/parse";

const agent = join(__dirname, "..", "..", "dist", "provider", "agent", "main.js");

export interface AgentRun {
  readonly folder: string;
  /** Wall seconds of each stage; repeated stages are added up. */
  readonly stages: Readonly<Record<string, number>>;
  /** User and system seconds of the agent and all its children. */
  readonly cpuSeconds: number;
  /** Peak resident memory of the agent's own process, MiB. */
  readonly peakMiB: number;
}

/** One complete build by the agent, with an empty cache. */
export async function runAgent(inputs: Record<string, unknown>): Promise<AgentRun> {
  const folder = await mkdtemp(join(tmpdir(), "stylus-bench-"));
  const context = { rootDirectory: folder, cacheDirectory: join(folder, "cache") };
  const spec = requireImageSpec({
    ...inputs,
    publishTo: [{ type: "directory", path: "images" }],
  });
  const signal = new AbortController().signal;
  const image = await resolveImage(spec, { ...context, signal, warn: () => undefined });
  const request = buildRequest(spec, image, {
    ...context,
    name: "bench",
    owner: "bench",
    instance: "bench",
  });
  const times = join(folder, "times");
  const child = execa("/usr/bin/time", ["-o", times, "-f", "%U %S", process.execPath, agent], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
    buffer: false,
    reject: false,
  });
  child.stdin.write(`${JSON.stringify(request)}\n`);
  const stages: Record<string, number> = {};
  let peakMiB = 0;
  const sampler = setInterval(() => {
    void agentPeak(child.pid).then((peak) => (peakMiB = Math.max(peakMiB, peak)));
  }, 200);
  for await (const line of createInterface({ input: child.stdout })) {
    const event = agentEventSchema.parse(JSON.parse(line));
    if (event.type === "stage" && event.state === "finished") {
      stages[event.stage] = (stages[event.stage] ?? 0) + (event.seconds ?? 0);
    }
    if (event.type === "error") throw new Error(`${event.code}: ${event.what}`);
  }
  await child;
  clearInterval(sampler);
  const [user = 0, system = 0] = (await readFile(times, "utf8")).trim().split(" ").map(Number);
  return { folder, stages, cpuSeconds: user + system, peakMiB };
}

/** The agent is a child process of `time`. */
async function agentPeak(timePid: number | undefined): Promise<number> {
  const children = await readFile(`/proc/${timePid}/task/${timePid}/children`, "utf8").catch(
    () => "",
  );
  const status = await readFile(`/proc/${children.trim().split(" ")[0]}/status`, "utf8").catch(
    () => "",
  );
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
}
