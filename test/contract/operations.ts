import { randomBytes } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Stack } from "../e2e/stack";

/** Makes the flag for the event log visible. */
export const eventLog = { PULUMI_DEBUG_COMMANDS: "true" };

const eventSchema = z.object({
  resourcePreEvent: z
    .object({ metadata: z.object({ op: z.string(), urn: z.string() }) })
    .optional(),
});

/** The engine's operation for each resource, by the resource's name: `same`, `update`, `replace`, ... */
export type Operations = Readonly<Record<string, string>>;

export interface Engaged {
  readonly operations: Operations;
  readonly output: string;
}

/** Runs the CLI and reads from the engine's own events what it does, or would do. */
export async function engage(stack: Stack, args: readonly string[]): Promise<Engaged> {
  const log = join(tmpdir(), `events-${randomBytes(6).toString("hex")}.json`);
  try {
    const { output } = await stack.run([...args, "--event-log", log]);
    return { output, operations: operationsIn(await readFile(log, "utf8")) };
  } finally {
    await rm(log, { force: true });
  }
}

function operationsIn(text: string): Operations {
  const found: Record<string, string> = {};
  for (const line of text.split("\n").filter((it) => it !== "")) {
    const metadata = eventSchema.parse(JSON.parse(line)).resourcePreEvent?.metadata;
    if (metadata === undefined || /pulumi:(pulumi|providers):/.test(metadata.urn)) continue;
    const name = metadata.urn.split("::").at(-1) ?? "";
    // A replacement is three steps: create-replacement, replace and delete-replaced.
    found[name] = /replace/.test(metadata.op) ? "replace" : metadata.op;
  }
  return found;
}

/** A preview and the `up` that follows its plan, which must do the same. */
export async function previewThenUp(stack: Stack): Promise<{ preview: Engaged; up: Engaged }> {
  const plan = join(stack.folder, "plan.json");
  const preview = await engage(stack, ["preview", "--diff", `--save-plan=${plan}`]);
  const up = await engage(stack, ["up", "--yes", "--skip-preview", `--plan=${plan}`]);
  return { preview, up };
}

const stateSchema = z.object({
  checkpoint: z.object({
    latest: z.object({
      resources: z
        .array(
          z.object({ type: z.string(), outputs: z.record(z.string(), z.unknown()).optional() }),
        )
        .optional(),
    }),
  }),
});

/** The image's outputs as they stand in state; undefined where there is no image. */
export async function imageInState(stack: Stack): Promise<Record<string, unknown> | undefined> {
  const { checkpoint } = stateSchema.parse(JSON.parse(await stack.stateText()));
  return checkpoint.latest.resources?.find(({ type }) => type.endsWith(":StylusImage"))?.outputs;
}
