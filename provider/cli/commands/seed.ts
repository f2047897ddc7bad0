import { localHost } from "../../hosts/local";
import { imageId } from "../../plan/keys";
import type { BuildRequest } from "../../plan/plan";
import { cliOwner } from "../../plan/record";
import { buildRequest } from "../../resource/image/request";
import { resolveImage } from "../../resource/image/resolve";
import { seedOutputs } from "../../resource/site-seed";
import { withUserDataProblems } from "../../resource/image/user-data-problems";
import { invalidInput, parseSpec, requireSpec } from "../../schema/parse";
import { siteSeedSchema } from "../../schema/site-seed";
import { defaultCacheDirectory } from "../../system/workspace";
import { readOptionFiles } from "../options/files";
import { imageDocument, placeOf, printJson, printLines } from "../terminal/output";
import { cliInstance, type PrepareContext } from "../input/prepare";
import type { ProgressOptions } from "../options/progress";
import { seedInput } from "../input/seed";
import type { SeedOptions } from "../options/seed";
import { watched } from "../terminal/run-watched";

/** Makes the seed of a site and publishes it, or finds that it is there. */
export async function seed(options: SeedOptions & ProgressOptions): Promise<void> {
  const { request, state } = await watched(options, async (view, signal) => {
    const warn = (message: string): void => view.show({ type: "log", level: "warning", message });
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
    ...state.artifacts.map((artifact) => `published       ${placeOf(artifact)}`),
  ]);
}

async function prepareSeed(options: SeedOptions, context: PrepareContext): Promise<BuildRequest> {
  const { name, input, problems } = seedInput(options, await readOptionFiles(options));
  const parsed = withUserDataProblems(parseSpec(siteSeedSchema, input), input, "site");
  // That it is empty stands among the problems already, in words of options.
  const faults =
    parsed.state === "invalid" ? parsed.problems.filter(({ path }) => path !== "") : [];
  if (problems.length + faults.length > 0) throw invalidInput([...problems, ...faults]);
  const spec = requireSpec(parsed);
  const rootDirectory = process.cwd();
  const resolved = await resolveImage(spec, { ...context, rootDirectory });
  resolved.warnings.forEach(context.warn);
  return buildRequest(spec, resolved, {
    name,
    owner: cliOwner,
    instance: cliInstance(name),
    rootDirectory,
    cacheDirectory: context.cacheDirectory,
  });
}
