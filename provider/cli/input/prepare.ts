import type { BuildRequest } from "../../plan/plan";
import { withUserDataProblems } from "../../resource/image/user-data-problems";
import { StylusError } from "../../base/errors";
import type { ImageSpec } from "../../schema/image";
import { withCheckRules } from "../../schema/check-rules";
import { invalidInput, parseImageSpec } from "../../schema/parse";
import type { ImageOptions } from "../options/image";
import { environmentProblems, withBuilderEnvironment } from "./environment";
import { readFormatOptions } from "./format-options";
import { imageInput } from "./image";
import { makeRequest, type RequestContext } from "./make-request";
import { readOptionFiles } from "./option-files";

/** Makes the agent's request from the options of an image. */
export async function prepare(
  options: ImageOptions,
  context: RequestContext,
): Promise<BuildRequest> {
  const { name, spec } = await readSpec(options);
  return makeRequest(name, spec, context);
}

async function readSpec(given: ImageOptions): Promise<{ name: string; spec: ImageSpec }> {
  const options = withBuilderEnvironment(given, process.env);
  // Before the files are read, which deletes secrets from the environment.
  const missing = environmentProblems(given, process.env);
  const formatOption = options.formatOption && (await readFormatOptions(options.formatOption));
  const { name, input, problems } = imageInput(
    { ...options, ...(formatOption && { formatOption }) },
    await readOptionFiles(options),
  );
  const parsed = withUserDataProblems(withCheckRules(parseImageSpec(input), input), input, "image");
  const refused = parsed.state === "invalid" ? parsed.problems : [];
  const reported = options.installer === undefined ? ["installer"] : [];
  const all = [...missing, ...problems, ...refused.filter(({ path }) => !reported.includes(path))];
  if (all.length > 0) throw invalidInput(all);
  if (parsed.state === "valid") return { name, spec: parsed.spec };
  throw new StylusError("input.invalid", {
    what: "An option contains the text that Pulumi uses for values that are not known yet.",
    next: "Give the value itself.",
  });
}
