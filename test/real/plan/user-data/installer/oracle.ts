import { execa } from "execa";
import { z } from "zod";
import type { Json } from "../../../../../provider/base/json";

const json: z.ZodType<Json> = z.json();

/** What yip makes of one file; see tools/installer-oracle/load.go. */
const loaded = z.object({
  error: z.string().optional(),
  stagesError: z.string().optional(),
  stages: json.optional(),
  cloudConfig: json.optional(),
});

/** What the agent does with cloud-configs; see tools/installer-oracle/install.go. */
const installed = z.object({
  panic: z.string().optional(),
  collectorError: z.string().optional(),
  configError: z.string().optional(),
  usersError: z.string().optional(),
  specError: z.string().optional(),
  bootError: z.string().optional(),
  config: json.optional(),
  boot: loaded.optional(),
});

const answer = z.object({
  id: z.string(),
  file: loaded,
  alone: installed,
  merged: installed,
});

export type Loaded = z.infer<typeof loaded>;
export type Installed = z.infer<typeof installed>;
export type Answer = z.infer<typeof answer>;

export interface Question {
  readonly id: string;
  /** The cloud-config, with its header. */
  readonly text: string;
  /** The cloud-configs that the installer finds before it. */
  readonly others: readonly string[];
}

const program = "installer-oracle";

/** What the real installer does with each cloud-config, by the question's ID. */
export async function askInstaller(
  questions: readonly Question[],
): Promise<ReadonlyMap<string, Answer>> {
  // Without the standard error: the agent writes there that a disk of this machine has no udev data, for each document.
  const { stdout } = await execa(program, {
    input: questions.map((question) => JSON.stringify(question)).join("\n"),
    stderr: "ignore",
    maxBuffer: 1_000_000_000,
  });
  const answers = stdout.split("\n").map((line) => answer.parse(JSON.parse(line)));
  return new Map(answers.map((given) => [given.id, given]));
}
