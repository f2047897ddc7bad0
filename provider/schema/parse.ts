import type { z } from "zod";
import { StylusError, type InputProblem } from "../base/errors";
import { imageSpecSchema, type ImageSpec } from "./image";

/** The engine's placeholder for a value of any type that is not known yet. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether the sdk or `check` added an input, which is not part of the spec. Displays skip names that begin with `__`. */
export function isAddedInput(name: string): boolean {
  return name.startsWith("__") || ["selfUrn", "known", "resolved", "sealed"].includes(name);
}

export type ParsedSpec =
  | { readonly state: "valid"; readonly spec: ImageSpec }
  /** No problem found, but some values are unknown until `up`. */
  | { readonly state: "unknown" }
  | { readonly state: "invalid"; readonly problems: readonly InputProblem[] };

type Inputs = Readonly<Record<string, unknown>>;

/** One parse yields the spec with its defaults, or every problem with its property path. */
export function parseImageSpec(inputs: Inputs): ParsedSpec {
  return parseSpec(imageSpecSchema, inputs);
}

/** The same for a schema whose output is an image spec. */
export function parseSpec(schema: z.ZodType<ImageSpec>, inputs: Inputs): ParsedSpec {
  const visible = Object.fromEntries(
    Object.entries(inputs).filter(([key, value]) => !isAddedInput(key) && value !== undefined),
  );
  const unknown = unknownPaths(visible);
  // An issue needs its input to tell a missing value from a wrong one.
  const parsed = schema.safeParse(visible, { reportInput: true });
  const problems = (parsed.error?.issues ?? [])
    .flatMap(problemsOf)
    .filter((problem) => !unknown.some((path) => overlaps(path, problem.path)))
    .map(({ path, reason }) => ({ path: formatPath(path), reason }));
  if (problems.length > 0) return { state: "invalid", problems };
  if (unknown.length > 0 || !parsed.success) return { state: "unknown" };
  return { state: "valid", spec: parsed.data };
}

/** The spec, or one error that lists every problem. */
export function requireImageSpec(inputs: Inputs): ImageSpec {
  return requireSpec(parseImageSpec(inputs));
}

export function requireSpec(parsed: ParsedSpec): ImageSpec {
  switch (parsed.state) {
    case "valid":
      return parsed.spec;
    case "invalid":
      throw invalidInput(parsed.problems);
    case "unknown":
      throw invalidInput([{ path: "", reason: "holds values that are not known yet" }]);
  }
}

export function invalidInput(problems: readonly InputProblem[]): StylusError {
  return new StylusError("input.invalid", {
    what: `The input has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}.`,
    next: "Correct the listed inputs.",
    problems,
  });
}

/** Whether a value, or a part of it, is not known yet. */
export function holdsUnknown(value: unknown): boolean {
  return unknownPaths(value).length > 0;
}

type Path = readonly PropertyKey[];

function unknownPaths(value: unknown, path: Path = []): Path[] {
  if (value === unknownValue) return [path];
  if (Array.isArray(value))
    return value.flatMap((item, index) => unknownPaths(item, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => unknownPaths(item, [...path, key]));
}

/** Whether one path is the other or contains it: a problem with a value that is not fully known may not exist. */
function overlaps(unknown: Path, problem: Path): boolean {
  const length = Math.min(unknown.length, problem.length);
  return unknown.slice(0, length).every((key, index) => key === problem[index]);
}

interface IssueProblem {
  readonly path: Path;
  readonly reason: string;
}

function problemsOf(issue: z.core.$ZodIssue): IssueProblem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      reason: "is not a known property",
    }));
  }
  const missing = issue.code === "invalid_type" && issue.input === undefined;
  return [{ path: issue.path, reason: missing ? "is required" : issue.message }];
}

/** `["publishTo", 0, "bucket"]` as `publishTo[0].bucket`. */
export function formatPath(path: Path): string {
  return path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("")
    .replace(/^\./, "");
}
