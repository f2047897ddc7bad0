import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { previewThenUp, type Operations } from "../contract/operations";
import { Example } from "./example";

interface Outputs {
  readonly console: string;
  readonly disk: string;
  readonly processId: number;
}

describe("examples/local-vm", () => {
  let example: Example;
  let first: Outputs;

  before(async () => {
    example = await Example.copy("local-vm", { config: { accelerator: "tcg", memory: "1G" } });
  });
  after(async () => {
    await example.stack.destroy();
    await example.remove();
  });

  const outputs = () => example.stack.outputs<Outputs>();
  const expect = async (operations: Operations): Promise<void> => {
    const { preview, up } = await previewThenUp(example.stack);
    assert.deepEqual(preview.operations, operations, preview.output);
    assert.deepEqual(up.operations, operations, up.output);
  };
  /** A process that has ended may stay as a zombie, which has no command. */
  const isRunning = async ({ processId }: Outputs): Promise<boolean> => {
    const command = await readFile(`/proc/${processId}/cmdline`, "utf8").catch(() => "");
    return command.startsWith("qemu-system-x86_64");
  };

  it("boots the published image", async () => {
    await expect({ edge: "create", machine: "create" });
    first = await outputs();
    assert.match(await readFile(first.console, "utf8"), /installed system is up \(COS_ACTIVE\)/);
    assert.ok(await isRunning(first));
  });

  it("leaves the machine alone when nothing changed", async () => {
    await expect({ edge: "same", machine: "same" });
    assert.deepEqual(await outputs(), first);
  });

  it("leaves the machine alone when another format is published", async () => {
    await example.edit("index.ts", 'formats: ["qcow2"]', 'formats: ["vmdk", "qcow2"]');
    await expect({ edge: "update", machine: "same" });
    assert.deepEqual(await outputs(), first);
    assert.ok(await isRunning(first));
  });

  it("replaces the machine when the user-data changes, and the old one is gone", async () => {
    await example.edit("user-data.yaml", "time.example.com", "clock.example.com");
    await expect({ edge: "replace", machine: "replace" });
    const second = await outputs();
    assert.notEqual(second.disk, first.disk);
    assert.match(await readFile(second.console, "utf8"), /installed system is up \(COS_ACTIVE\)/);
    assert.ok(!(await isRunning(first)));
    assert.ok(!existsSync(first.console));
  });

  it("starts it again when it was shut down", async () => {
    const machine = await outputs();
    process.kill(machine.processId);
    while (await isRunning(machine)) await delay(50);
    await example.stack.refresh();
    await expect({ edge: "same", machine: "update" });
    const now = await outputs();
    assert.ok(await isRunning(now));
    assert.deepEqual({ ...now, processId: machine.processId }, machine);
  });

  it("leaves nothing", async () => {
    const machine = await outputs();
    await example.stack.destroy();
    assert.ok(!(await isRunning(machine)));
    assert.deepEqual(await readdir(join(example.folder, "machines")), []);
  });
});
