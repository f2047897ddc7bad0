import { localHost } from "../../hosts/local";
import { imageId } from "../../plan/keys";
import type { BuildRequest } from "../../plan/plan";
import { withUserDataProblems } from "../../resource/image/user-data-problems";
import { seedOutputs } from "../../resource/site-seed";
import { withCheckRules } from "../../schema/check-rules";
import { invalidInput, parseSpec, requireSpec } from "../../schema/parse";
import { siteSeedSchema } from "../../schema/site-seed";
import { defaultCacheDirectory } from "../../system/workspace";
import { makeRequest, type RequestContext } from "../input/make-request";
import { readOptionFiles } from "../input/option-files";
import { imageDocument, locationOf, printJson, printLines } from "../terminal/output";
import { runWithProgress } from "../terminal/run-with-progress";
import { seedInput } from "./seed-input";
import type { SeedOptions } from "./seed-options";

/** Makes and publishes the seed of a site, unless it is already published. */
export async function seed(options: SeedOptions): Promise<void> {
  const { request, state } = await runWithProgress(options, async ({ view, signal, warn }) => {
    const cacheDirectory = defaultCacheDirectory();
    const request = await prepareSeed(options, { cacheDirectory, warn, signal });
    view.expect(["convert", "publish"]);
    return { request, state: await localHost().build(request, view.show, signal) };
  });
  if (options.json === true) {
    printJson(seedOutputs(imageDocument(state)));
    return;
  }
  printLines([
    `seed            ${imageId(request.plan.name, state.installKey)}`,
    ...state.artifacts.map((artifact) => `published       ${locationOf(artifact)}`),
  ]);
}

async function prepareSeed(options: SeedOptions, context: RequestContext): Promise<BuildRequest> {
  const { name, input, problems } = seedInput(options, await readOptionFiles(options));
  const parsed = withUserDataProblems(
    withCheckRules(parseSpec(siteSeedSchema, input), input),
    input,
    "site",
  );
  // `seedInput` reports an empty seed itself; the schema reports it without a path.
  const refused =
    parsed.state === "invalid" ? parsed.problems.filter(({ path }) => path !== "") : [];
  if (problems.length + refused.length > 0) throw invalidInput([...problems, ...refused]);
  const spec = requireSpec(parsed);
  return makeRequest(name, spec, context);
}
