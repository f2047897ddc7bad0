import assert from "node:assert/strict";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Stack } from "../e2e/stack";
import { hostilePlaces, type HostilePlace } from "./hostile-places";
import { imageInState } from "./operations";
import { World } from "./world";

interface Row {
  readonly place: string;
  readonly step: string;
  readonly exit: number;
  readonly left: number;
  readonly said: string;
}

const formats: Readonly<Record<string, string>> = {
  oci: "containerdisk",
  "vsphere library": "ova",
  "vsphere datastore": "vmdk",
};

function print(rows: readonly Row[]): void {
  const lines = rows.map(({ place, step, exit, left, said }) =>
    [place.padEnd(18), step.padEnd(40), `exit ${exit}`, `${left} left`, said].join(" | "),
  );
  process.stdout.write(`\n${lines.join("\n")}\n\n`);
}

/** The first sentence of the package in the engine's output. */
function firstSentence(output: string): string {
  const lines = output
    .slice(Math.max(0, output.indexOf("Diagnostics:")))
    .split("\n")
    .map((line) => line.trim());
  const said = lines.find(
    (line) =>
      /^(error|warning|info)?:? ?\S.*[a-z].*\./.test(line) && !/^(pulumi|@|[-+~] )/.test(line),
  );
  return (said ?? "").slice(0, 110);
}

/** The number of publications that the output claims to be removed. */
function claimedRemovals(output: string): number {
  const counts = [
    ...output.slice(output.indexOf("Diagnostics:")).matchAll(/Removed (\d+) publications?/g),
  ];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

describe("What is left at each kind of place after something went wrong (P1 to P11)", () => {
  for (const [name, start] of Object.entries(hostilePlaces)) {
    describe(name, () => {
      const rows: Row[] = [];
      let world: World;
      let place: HostilePlace;
      let stack: Stack;
      const format = formats[name] ?? "qcow2";
      const program = (target: string, userData = "hostname: one"): string =>
        `new StylusImage("edge", args({ userData: ${JSON.stringify(userData)}, formats: ["${format}"], publishTo: [${target}] }));`;

      before(async () => {
        world = await World.create();
        place = await start(world);
        stack = await world.stack(`hostile-${name.replace(" ", "-")}`, program(place.target), {
          env: place.env,
        });
      });
      after(async () => {
        print(rows);
        await place.stop();
        await world.remove();
      });

      /** Runs the CLI, which may fail, and adds a row to the table. */
      const run = async (
        step: string,
        args: readonly string[],
        on = stack,
      ): Promise<Row & { output: string }> => {
        const { all, exitCode = -1 } = await on.start(args);
        const row = {
          place: name,
          step,
          exit: exitCode,
          left: (await place.list()).length,
          said: firstSentence(all),
        };
        rows.push(row);
        return { ...row, output: all };
      };
      const up = ["up", "--yes", "--skip-preview"];
      const refresh = ["refresh", "--yes", "--skip-preview"];
      const destroy = ["destroy", "--yes", "--skip-preview"];
      let published: string[] = [];

      it("another address of the same place removes nothing", async () => {
        const first = await run("up", up);
        assert.equal(first.exit, 0, first.output);
        published = await place.list();
        assert.ok(published.length > 0, first.output);
        await world.rewrite(stack, program(place.alias));
        const second = await run("another address of the place, up", up);
        assert.deepEqual(await place.list(), published, second.output);
        assert.equal(second.exit, 0, second.output);
        assert.equal(claimedRemovals(second.output), 0, second.output);
        await world.rewrite(stack, program(place.target));
        await run("back to the first address, up", up);
        assert.deepEqual(await place.list(), published);
      });

      it("a place that cannot be reached loses nothing, in the state neither", async () => {
        await place.lose();
        try {
          const refreshed = await run("unreachable, refresh", refresh);
          assert.ok((await imageInState(stack)) !== undefined, refreshed.output);
          const destroyed = await run("unreachable, destroy", destroy);
          assert.equal(claimedRemovals(destroyed.output), 0, destroyed.output);
          const isTold = destroyed.exit !== 0 || /warning|stay|forget/i.test(destroyed.output);
          assert.ok(isTold, destroyed.output);
        } finally {
          await place.restore();
        }
        assert.deepEqual(await place.list(), published);
        await run("reachable again, up", up);
        assert.deepEqual(await place.list(), published);
      });

      it("another machine with another cache and home neither removes nor doubles anything", async () => {
        const folder = `${stack.folder}-moved`;
        await mkdir(folder);
        for (const file of ["Pulumi.yaml", "index.js", "package.json"]) {
          await cp(join(stack.folder, file), join(folder, file)).catch(() => undefined);
        }
        const other = stack.elsewhere(folder, {
          cache: join(world.folder, "other"),
          env: {
            ...stack.environment(),
            XDG_CACHE_HOME: join(world.folder, "other"),
            HOME: join(world.folder, "home"),
          },
        });
        const refreshed = await run("another machine, refresh", refresh, other);
        assert.equal(refreshed.exit, 0, refreshed.output);
        const updated = await run("another machine, up", up, other);
        assert.equal(updated.exit, 0, updated.output);
        assert.deepEqual(await place.list(), published, updated.output);
      });

      it("a lost state loses nothing, and destroy leaves nothing or says what stays and the way out", async () => {
        const urn = /urn:pulumi:[^"]*StylusImage::edge/.exec(await stack.stateText())?.[0] ?? "";
        await run("state deleted", ["state", "delete", "--yes", urn]);
        const adopted = await run("after a lost state, up", up);
        assert.equal(adopted.exit, 0, adopted.output);
        assert.deepEqual(await place.list(), published, adopted.output);
        const destroyed = await run("after a lost state, destroy", destroy);
        const left = await place.list();
        assert.equal(
          claimedRemovals(destroyed.output),
          published.length - left.length,
          destroyed.output,
        );
        if (left.length > 0)
          assert.match(destroyed.output, /keeps the image for .*stylus-image owners/s);
      });

      for (const dieAt of ["publish started", "publish finished", "result"]) {
        it(`killed at "${dieAt}" and destroyed after the next up, nothing is left of it`, async () => {
          const before = await place.list();
          await world.rewrite(stack, program(place.target, `hostname: ${dieAt}`));
          await world.steer({ dieAt });
          const killed = await run(`killed at ${dieAt}, up`, up);
          assert.notEqual(killed.exit, 0, killed.output);
          await world.steer({});
          await world.rewrite(stack, program(place.target, `hostname: after ${dieAt}`));
          const next = await run(`changed inputs after ${dieAt}, up`, up);
          assert.equal(next.exit, 0, next.output);
          const destroyed = await run(`destroy after ${dieAt}`, destroy);
          assert.equal(destroyed.exit, 0, destroyed.output);
          assert.deepEqual(await place.list(), before, destroyed.output);
        });
      }
    });
  }
});
