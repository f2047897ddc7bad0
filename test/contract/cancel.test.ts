import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runningProcesses } from "../e2e/processes";
import type { Stack } from "../e2e/stack";
import { startFaultProxy, type FaultProxy } from "../servers/fault-proxy";
import { startVersitygw, type Versitygw } from "../servers/versitygw";
import { World } from "./world";

const agentProgram = join(__dirname, "agent.cjs");
const program = `new StylusImage("edge", args());`;
/** The goals are 3 s and 5 s on an idle machine; the test machine is shared. */
const generousSeconds = 12;

/** Prints a measured time. */
const say = (text: string): void => void process.stdout.write(`      ${text}\n`);

/** Waits until the condition holds, and returns the seconds that it took. */
async function until(what: string, isSo: () => Promise<boolean>, limit: number): Promise<number> {
  const started = performance.now();
  for (;;) {
    const seconds = (performance.now() - started) / 1000;
    if (await isSo()) return seconds;
    assert.ok(seconds < limit, `${what} did not happen within ${limit} s`);
    await delay(100);
  }
}

describe("Cancel (7)", () => {
  let world: World;
  let stack: Stack;
  let s3: Versitygw;
  let proxy: FaultProxy;

  before(async () => {
    s3 = await startVersitygw();
    proxy = await startFaultProxy(s3.port);
  });
  after(() => Promise.all([proxy.stop(), s3.stop()]));
  afterEach(async () => {
    await world.remove();
    proxy.reset();
  });

  const begin = async (text = program): Promise<void> => {
    world = await World.create();
    await installForLong();
    stack = await world.stack("cancelled", text, {
      env: { AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey },
    });
  };
  const installForLong = (more: object = {}): Promise<void> =>
    world.steer({ seconds: 300, chatter: 5, child: join(world.folder, "installer.iso"), ...more });
  const qemu = (): Promise<string[]> => runningProcesses(`tail\0-f\0${world.folder}`);
  const agents = (): Promise<string[]> => runningProcesses(agentProgram, world.folder);
  const providers = (): Promise<string[]> => runningProcesses("cmd/dynamic-provider", world.folder);
  const pidOf = (found: readonly string[]): number => {
    const [first, ...others] = found;
    assert.ok(first !== undefined && others.length === 0, found.join("\n"));
    return Number.parseInt(first);
  };
  const start = () => stack.start(["up", "--yes", "--skip-preview"]);
  /** Starts an `up` and waits until its install runs, with a child process in place of QEMU. */
  const installing = async (): Promise<{ up: ReturnType<typeof start>; pid: number }> => {
    const up = start();
    await until("an install", async () => (await qemu()).length === 1, 120);
    return { up, pid: up.pid ?? assert.fail("pulumi was not started") };
  };
  const nothingIsLeft = async (what: string): Promise<void> => {
    const ours = async (): Promise<string[]> =>
      [await qemu(), await agents(), await providers()].flat();
    const seconds = await until(
      `the end of ${what}`,
      async () => (await ours()).length === 0,
      generousSeconds,
    );
    say(`nothing left ${seconds.toFixed(1)} s after ${what}`);
  };
  const finishes = async (): Promise<void> => {
    await world.steer({});
    await stack.up();
    assert.equal((await world.published()).length, 1);
    await stack.up("--expect-no-changes");
  };

  it("7: ends after one Ctrl-C, leaves no resource if nothing was finished, and the next up works", async () => {
    await begin();
    const { up, pid } = await installing();
    process.kill(pid, "SIGINT");
    const asked = performance.now();
    const { all, exitCode } = await up;
    say(`ended ${((performance.now() - asked) / 1000).toFixed(1)} s after Ctrl-C`);
    assert.ok(performance.now() - asked < generousSeconds * 1000);
    assert.notEqual(exitCode, 0);
    assert.match(all, /The update was cancelled\. Run `pulumi up` again/);
    await nothingIsLeft("the update");
    assert.doesNotMatch(await stack.stateText(), /StylusImage::edge/);
    await finishes();
  });

  it("7: keeps finished stages when a terminal sends Ctrl-C to all processes, and continues from them", async () => {
    await s3.createBucket("images");
    await begin(`
      const bucket = {
        type: "s3", bucket: "images", region: "us-east-1", endpoint: "${proxy.endpoint}",
      } as const;
      new StylusImage("edge", args({
        publishTo: [{ type: "directory", path: folder + "/images" }, bucket],
      }));`);
    await world.steer({});
    const isUpload = ({ method, path }: { method: string; path: string }): boolean =>
      method === "PUT" && path.includes(".qcow2") && !path.includes(".stylus-image");
    proxy.add({ fault: { type: "delay", milliseconds: 600_000 }, when: isUpload });
    const up = start();
    await until("an upload", () => Promise.resolve(proxy.requests.some(isUpload)), 120);
    process.kill(-(up.pid ?? assert.fail()), "SIGINT");
    const asked = performance.now();
    const { exitCode } = await up;
    say(`ended ${((performance.now() - asked) / 1000).toFixed(1)} s after Ctrl-C`);
    assert.ok(performance.now() - asked < generousSeconds * 1000);
    assert.notEqual(exitCode, 0);
    await nothingIsLeft("the update");
    assert.match(await stack.stateText(), /StylusImage::edge/);
    assert.equal((await world.published()).length, 1);
    proxy.reset();
    await stack.up();
    assert.equal(await world.disks(), 1);
    const objects = async (): Promise<string[]> =>
      (await readdir(join(s3.folder, "images"), { recursive: true })).filter((name) =>
        name.endsWith(".qcow2"),
      );
    assert.equal((await objects()).length, 1);
    await stack.destroy();
    assert.deepEqual([...(await world.published()), ...(await objects())], []);
  });

  it("7: leaves no process after a second Ctrl-C, even if the agent ignores cancellation", async () => {
    await begin();
    await installForLong({ deaf: true });
    const { up, pid } = await installing();
    process.kill(pid, "SIGINT");
    await delay(1000);
    process.kill(pid, "SIGINT");
    await up;
    await nothingIsLeft("two Ctrl-Cs");
  });

  it("7: leaves no process after a SIGKILL of the engine, and `up` works after the README's commands", async () => {
    await begin();
    const { up, pid } = await installing();
    process.kill(pid, "SIGKILL");
    await nothingIsLeft("the engine");
    await up;
    await world.steer({});
    await stack.run(["cancel", "--yes"]);
    await stack.run(["refresh", "--yes", "--skip-preview", "--clear-pending-creates"]);
    await finishes();
  });

  it("7: fails at once when the provider process or the agent is killed or a timer throws, and the next up works", async () => {
    // All dynamic resources of a program share one process, so another resource can throw in it.
    await begin(`
      class Bomb extends pulumi.dynamic.Resource {
        constructor() {
          super(
            {
              async create() {
                setTimeout(() => { throw new Error("boom in a timer"); }, 8000);
                return { id: "bomb", outs: {} };
              },
            },
            "bomb",
            {},
          );
        }
      }
      new Bomb();
      ${program}`);
    const bombed = await start();
    assert.match(bombed.all, /an uncaught exception: boom in a timer/);
    await nothingIsLeft("an exception in a timer");

    await world.rewrite(stack, program);
    const killed = await installing();
    process.kill(pidOf(await agents()), "SIGKILL");
    assert.match((await killed.up).all, /The agent ended without a result \(signal SIGKILL\)/);
    await nothingIsLeft("the agent");

    const orphaned = await installing();
    process.kill(pidOf(await providers()), "SIGKILL");
    await nothingIsLeft("the provider process");
    assert.notEqual((await orphaned.up).exitCode, 0);
    await finishes();
  });
});
