import { readFile } from "node:fs/promises";
import type { Page } from "puppeteer-core";
import { z } from "zod";

const resultSchema = z.object({
  violations: z.array(
    z.object({ id: z.string(), nodes: z.array(z.object({ target: z.array(z.unknown()) })) }),
  ),
  passes: z.array(z.object({ id: z.string() })),
});

export interface Audit {
  /** Rule and element of each violation. */
  readonly violations: readonly string[];
  readonly passes: readonly string[];
}

/** Findings of axe with all of its rules. The debugger loads axe, because the page's content security policy does not apply to it. */
export async function audit(page: Page): Promise<Audit> {
  await page.evaluate(await readFile(require.resolve("axe-core/axe.min.js"), "utf8"));
  const result = resultSchema.parse(await page.evaluate("axe.run(document, { reporter: 'v2' })"));
  return {
    violations: result.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target }) => `${id}: ${target.join(" ")}`),
    ),
    passes: result.passes.map(({ id }) => id),
  };
}
