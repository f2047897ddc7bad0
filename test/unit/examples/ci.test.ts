import assert from "node:assert/strict";
import { execa } from "execa";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire, registerHooks } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { createProgram } from "../../../provider/cli/program";

const folder = join(__dirname, "..", "..", "..", "examples", "ci");
const textOf = (name: string): Promise<string> => readFile(join(folder, name), "utf8");

const github = z.object({
  jobs: z.object({
    images: z.object({ steps: z.array(z.object({ run: z.string().optional() })) }),
  }),
});
const gitlab = z.object({
  default: z.object({ before_script: z.array(z.string()) }),
  plan: z.object({ script: z.array(z.string()) }),
  images: z.object({ script: z.array(z.string()), after_script: z.array(z.string()) }),
});

/** Commands of this package, without shell syntax. */
function ownCommands(lines: readonly string[]): string[][] {
  return lines.flatMap((line) => {
    const words = line.split(" | ")[0]?.split(/\s+/) ?? [];
    const start = words[0] === "npx" ? 1 : 0;
    return words[start] === "stylus-image" ? [words.slice(start + 1)] : [];
  });
}

/** Parses the options without an action. */
function requireKnown(words: readonly string[]): void {
  const program = createProgram();
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap((it) => it.commands),
  ]) {
    command
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .action(() => undefined);
  }
  program.parse(["node", "stylus-image", ...words]);
}

async function findErrors(text: string): Promise<readonly string[]> {
  // It imports JSON in a way that only bundlers support.
  const hooks = registerHooks({
    load: (url, context, next) =>
      next(
        url,
        url.endsWith(".json") ? { ...context, importAttributes: { type: "json" } } : context,
      ),
  });
  const parser = await import("@actions/workflow-parser").finally(() => hooks.deregister());
  const trace = { error: () => undefined, info: () => undefined, verbose: () => undefined };
  const { context } = parser.parseWorkflow({ name: "images.yml", content: text }, trace);
  return context.errors.getErrors().map(({ message }) => message);
}

/** GitLab's jobs, as read by a program that contains GitLab's schema. */
async function listJobs(text: string) {
  const project = await mkdtemp(join(tmpdir(), "gitlab-"));
  try {
    await writeFile(join(project, ".gitlab-ci.yml"), text);
    await execa("git", ["init", "--quiet", project]);
    const manifest = createRequire(__filename).resolve("gitlab-ci-local/package.json");
    const program = join(dirname(manifest), "dist", "index.js");
    const options = { cwd: project, reject: false, all: true } as const;
    return await execa(process.execPath, [program, "--list-all"], options);
  } finally {
    await rm(project, { recursive: true, force: true });
  }
}

describe("examples/ci", () => {
  it("is a workflow to GitHub's own parser, which finds a fault where there is one", async () => {
    const text = await textOf("github-actions.yml");
    assert.deepEqual(await findErrors(text), []);
    const faults = await findErrors(text.replace("runs-on:", "run-on:"));
    assert.ok(faults.length > 0);
  });

  it("is a pipeline by GitLab's schema, which finds a fault where there is one", async () => {
    const text = await textOf("gitlab-ci.yml");
    const right = await listJobs(text);
    assert.equal(right.exitCode, 0, right.all);
    assert.match(right.all, /json schema validated/);
    assert.match(right.all, /^plan .*\n?images /m);
    const wrong = await listJobs(
      text.replace("resource_group: images", "resource_group: [images]"),
    );
    assert.notEqual(wrong.exitCode, 0, wrong.all);
  });

  it("calls commands and options that there are", async () => {
    const workflow = github.parse(parse(await textOf("github-actions.yml")));
    const pipeline = gitlab.parse(parse(await textOf("gitlab-ci.yml")));
    const commands = ownCommands([
      ...workflow.jobs.images.steps.flatMap(({ run }) => run ?? []),
      ...pipeline.default.before_script,
      ...pipeline.plan.script,
      ...pipeline.images.script,
      ...pipeline.images.after_script,
    ]);
    assert.equal(commands.length, 6);
    for (const words of commands) requireKnown(words);
    assert.throws(() => requireKnown(["doctor", "--mend"]));
  });
});
