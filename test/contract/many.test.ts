import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { slotCount } from "../../provider/system/host/capacity";
import { startVersitygw, type Versitygw } from "../servers/versitygw";
import { World } from "./world";

let world: World;

const MB = 1e6;

/** Maxima over the whole run. */
interface Peak {
  providerBytes: number;
  connections: number;
  /** Agents that were running at once. */
  agents: number;
}

/** Samples /proc until `stop`. */
function watch(world: World, port: number): { readonly stop: () => Promise<Peak> } {
  const peak: Peak = { providerBytes: 0, connections: 0, agents: 0 };
  const ending = new AbortController();
  const watched = (async () => {
    while (!ending.signal.aborted) {
      const [processes, connections] = await Promise.all([ours(world), connectionsTo(port)]);
      const sizes = processes
        .filter(({ command }) => command.includes("dynamic-provider"))
        .map(({ residentBytes }) => residentBytes);
      peak.providerBytes = Math.max(peak.providerBytes, ...sizes);
      peak.connections = Math.max(peak.connections, connections);
      const agents = processes.filter(({ command }) => command.includes("agent.cjs")).length;
      peak.agents = Math.max(peak.agents, agents);
      await delay(300);
    }
  })();
  return {
    stop: async () => {
      ending.abort();
      await watched;
      return peak;
    },
  };
}

/** Node processes with this test's folder in their environment. */
async function ours(
  world: World,
): Promise<{ readonly command: string; readonly residentBytes: number }[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = pids.map(async (pid) => {
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
    const command = await read("cmdline");
    if (!/dynamic-provider|agent\.cjs/.test(command)) return [];
    if (!(await read("environ")).includes(world.folder)) return [];
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(await read("status"))?.[1] ?? "0";
    return [{ command, residentBytes: Number(kilobytes) * 1024 }];
  });
  return (await Promise.all(found)).flat();
}

/** Established connections of this machine to a port. */
async function connectionsTo(port: number): Promise<number> {
  const table = await readFile("/proc/net/tcp", "utf8");
  const remote = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table.split("\n").filter((line) => {
    const [, , address = "", state] = line.trim().split(/\s+/);
    return address.endsWith(remote) && state === "01";
  }).length;
}

describe("Many images at once (10)", () => {
  beforeEach(async () => (world = await World.create()));
  afterEach(() => world.remove());

  let server: Versitygw;
  before(async () => {
    server = await startVersitygw();
    await server.createBucket("images");
  });
  after(() => server.stop());

  it("10: --parallel 100 with 200 resources stays below 300 MB and 64 connections", async () => {
    const program = `
for (let i = 0; i < 200; i++) {
  new StylusImage("edge-" + i, args({
    publishTo: [{ type: "s3", bucket: "images", endpoint: "${server.endpoint}" }],
  }));
}`;
    const stack = await world.stack("many", program, {
      env: { AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey },
    });
    const args = ["--yes", "--skip-preview", "--parallel", "100"];
    for (const verb of ["up", "refresh", "destroy"]) {
      const watching = watch(world, server.port);
      await stack.run([verb, ...args]).finally(watching.stop);
      const peak = await watching.stop();
      const seen = JSON.stringify({ verb, ...peak });
      assert.ok(peak.providerBytes > 20 * MB && peak.providerBytes < 300 * MB, seen);
      assert.ok(peak.connections > 0 && peak.connections <= 64, seen);
      assert.ok(peak.agents <= 16, seen);
    }
    assert.equal(await world.disks(), 1);
  }).timeout(1_200_000);

  it("10: builds wait for a free slot of the host, with a message", async () => {
    const until = join(world.folder, "go");
    await world.steer({ until });
    const places = await slotCount();
    const program = `
for (let i = 0; i <= ${places}; i++) new StylusImage("edge-" + i, args({ triggers: [i] }));`;
    const stack = await world.stack("queue", program);
    const up = stack.start(["up", "--yes", "--skip-preview"]);
    let output = "";
    up.all.on("data", (data: Buffer) => (output += String(data)));
    const waits = /Other builds use this machine; waiting for a free slot/;
    const ended = up.then(() => true);
    for (const end = Date.now() + 120_000; !waits.test(output);) {
      assert.ok(Date.now() < end, output);
      assert.ok(!(await Promise.race([ended, delay(200)])), output);
    }
    // A waiting build has not begun.
    await world.awaitDisks(places);
    await delay(2000);
    assert.equal(await world.disks(), places);
    await writeFile(until, "");
    assert.equal((await up).exitCode, 0, output);
    assert.equal(await world.disks(), places + 1);
  });
});
