import { asStylusError } from "../../base/errors";
import { canonicalJson } from "../../base/json";
import type { ImageSpec } from "../../schema/image";
import { withCheckRules } from "../../schema/check-rules";
import { parseImageSpec, type ParsedSpec } from "../../schema/parse";
import { isSiteSeed } from "../../schema/site-seed";
import type { Call, CheckResult, Data } from "../handlers";
import { changedInputs, type InputChanges } from "./input-changes";
import type { ImageResourceOptions } from "./options";
import { previewOutputs } from "./preview";
import { recipeNotice, resolveForCheck, withBundleHashes } from "./resolve";
import { propertyChanges } from "./property-changes";
import { readResolved, type Resolved } from "./resolved";
import { withUserDataProblems } from "./user-data-problems";

const parseImage = (inputs: Data): ParsedSpec =>
  withUserDataProblems(parseImageSpec(inputs), inputs, "image");

/** The hash of `verify.expect` is deliberately slow to compute, so it is kept while the expression is the same. */
function resolveVerify(
  { verify }: ImageSpec,
  previous: Resolved | undefined,
  previousSpec: ImageSpec | undefined,
): Resolved["verify"] {
  const before = previousSpec?.verify;
  const asBefore = before === undefined || canonicalJson(before) === canonicalJson(verify);
  if (verify.expect === undefined) return { asBefore };
  const known = before?.expect === verify.expect ? previous?.verify?.expect : undefined;
  const { expressionDigest } = require("../../plan/proof") as typeof import("../../plan/proof");
  return { expect: known ?? expressionDigest(verify.expect), asBefore };
}

/**
 * Validates the inputs, and adds `resolved` (hashes and keys), `known` (the outputs of a preview) and `__changes` (which
 * properties differ from the old inputs, for the reasons of `diff`) to them.
 */
export async function checkInputs(
  call: Call,
  { oldInputs, newInputs }: { readonly oldInputs: Data; readonly newInputs: Data },
  options: ImageResourceOptions,
): Promise<CheckResult> {
  const { parse = parseImage } = options;
  const first = parse(newInputs);
  const checked = withCheckRules(first, newInputs);
  // `parse` added the problems of the user-data to those that it found itself.
  const parsed =
    first.state === "valid"
      ? withUserDataProblems(checked, newInputs, isSiteSeed(first.spec) ? "site" : "image")
      : checked;
  if (parsed.state === "invalid") return { inputs: newInputs, problems: parsed.problems };
  if (parsed.state === "unknown") return { inputs: newInputs, problems: [] };
  const { spec } = parsed;
  const previous = readResolved(oldInputs);
  try {
    const { urn, log, signal } = call;
    const context = { ...options, previous, urn, warn: log.warn, signal };
    const before = previous === undefined ? undefined : parse(oldInputs);
    const previousSpec = before?.state === "valid" ? before.spec : undefined;
    const found = await resolveForCheck(spec, { ...context, previousSpec });
    const { warnings } = found;
    const resolved = { ...found.resolved, verify: resolveVerify(spec, previous, previousSpec) };
    if (previous?.userDataDigest !== resolved.userDataDigest) warnings.forEach(call.log.warn);
    const notice = recipeNotice(spec, resolved.recipe);
    if (notice !== undefined) call.log.info(notice);
    const pinned = withBundleHashes(spec, resolved);
    const known = await previewOutputs(pinned, resolved, oldInputs, context);
    const changes: InputChanges | undefined = previousSpec && {
      named: changedInputs(previousSpec, spec),
      properties: propertyChanges(oldInputs, newInputs),
    };
    const hasChanges = changes !== undefined && changes.properties.length > 0;
    const added = { resolved, known, ...(hasChanges && { __changes: changes }) };
    return { inputs: { ...newInputs, ...added }, problems: [] };
  } catch (thrown) {
    const { code, details } = asStylusError(thrown);
    if (code !== "input.invalid" || details.problems === undefined) throw thrown;
    return { inputs: newInputs, problems: details.problems };
  }
}
