import { createHash } from "node:crypto";
import type { Context } from "../../base/context";
import type { BuildRequest } from "../../plan/plan";
import { cliOwner } from "../../plan/record";
import { buildRequest } from "../../resource/image/request";
import { resolveImage } from "../../resource/image/resolve";
import { withUserDataProblems } from "../../resource/image/user-data-problems";
import { StylusError } from "../../base/errors";
import type { ImageSpec } from "../../schema/image";
import { invalidInput, parseImageSpec } from "../../schema/parse";
import { environmentProblems, withBuilderEnvironment } from "../options/environment";
import { readFormatOptions } from "../options/format";
import { imageInput } from "./image";
import { readOptionFiles } from "../options/files";
import type { ImageOptions } from "../options/image";

export type PrepareContext = Omit<Context, "rootDirectory">;

/** From options to the request that an agent takes, by the same steps as the resource. */
export async function prepare(
  options: ImageOptions,
  context: PrepareContext,
): Promise<BuildRequest> {
  const { name, spec } = await readSpec(options);
  const rootDirectory = process.cwd();
  const image = await resolveImage(spec, { ...context, rootDirectory });
  image.warnings.forEach(context.warn);
  return buildRequest(spec, image, {
    name,
    owner: cliOwner,
    instance: cliInstance(name),
    rootDirectory,
    cacheDirectory: context.cacheDirectory,
  });
}

/**
 * The name of the marker that stands in a record for an image of that name. It depends on nothing else: not on the
 * machine, so that a short-lived CI runner publishes and any other machine removes; not on the targets, since each
 * has its own record.
 */
export function cliInstance(name: string): string {
  return `cli-${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;
}

async function readSpec(given: ImageOptions): Promise<{ name: string; spec: ImageSpec }> {
  const options = withBuilderEnvironment(given, process.env);
  // Reading files takes secrets out of the environment.
  const lacking = environmentProblems(given, process.env);
  const formatOption = options.formatOption && (await readFormatOptions(options.formatOption));
  const { name, input, problems } = imageInput(
    { ...options, ...(formatOption && { formatOption }) },
    await readOptionFiles(options),
  );
  const parsed = withUserDataProblems(parseImageSpec(input), input, "image");
  const faults = parsed.state === "invalid" ? parsed.problems : [];
  const said = options.installer === undefined ? ["installer"] : [];
  const all = [...lacking, ...problems, ...faults.filter(({ path }) => !said.includes(path))];
  if (all.length > 0) throw invalidInput(all);
  if (parsed.state === "valid") return { name, spec: parsed.spec };
  throw new StylusError("input.invalid", {
    what: "An option holds the text that Pulumi uses for values that are not known yet.",
    next: "Give the value itself.",
  });
}
