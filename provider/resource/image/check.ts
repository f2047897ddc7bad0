import { asStylusError } from "../../base/errors";
import { parseImageSpec, type ParsedSpec } from "../../schema/parse";
import type { Call, CheckResult, Data } from "../handlers";
import type { ImageResourceOptions } from "./options";
import { previewOutputs } from "./preview";
import { recipeNotice, resolveForCheck, withBundleHashes } from "./resolve";
import { resolvedSchema } from "./resolved";
import { withUserDataProblems } from "./user-data-problems";

const parseImage = (inputs: Data): ParsedSpec =>
  withUserDataProblems(parseImageSpec(inputs), inputs, "image");

/** Validates the inputs, and adds `resolved` (hashes and keys) and `known` (the outputs of a preview) to them. */
export async function checkInputs(
  call: Call,
  { oldInputs, newInputs }: { readonly oldInputs: Data; readonly newInputs: Data },
  options: ImageResourceOptions,
): Promise<CheckResult> {
  const { parse = parseImage } = options;
  const parsed = parse(newInputs);
  if (parsed.state === "invalid") return { inputs: newInputs, problems: parsed.problems };
  if (parsed.state === "unknown") return { inputs: newInputs, problems: [] };
  const { spec } = parsed;
  const previous = resolvedSchema.safeParse(oldInputs["resolved"]).data;
  try {
    const { urn, log, signal } = call;
    const context = { ...options, previous, urn, warn: log.warn, signal };
    const before = previous === undefined ? undefined : parse(oldInputs);
    const previousSpec = before?.state === "valid" ? before.spec : undefined;
    const { resolved, warnings } = await resolveForCheck(spec, { ...context, previousSpec });
    if (previous?.userDataDigest !== resolved.userDataDigest) warnings.forEach(call.log.warn);
    const notice = recipeNotice(spec, resolved.recipe);
    if (notice !== undefined) call.log.info(notice);
    const pinned = withBundleHashes(spec, resolved);
    const known = await previewOutputs(pinned, resolved, oldInputs, context);
    return { inputs: { ...newInputs, resolved, known }, problems: [] };
  } catch (thrown) {
    const { code, details } = asStylusError(thrown);
    if (code !== "input.invalid" || details.problems === undefined) throw thrown;
    return { inputs: newInputs, problems: details.problems };
  }
}
