import type { InputProblem } from "../base/errors";
import { lineProblem, textProblem } from "../base/text";
import type { ImageSpec } from "./image";
import { formatPath, isAddedInput, type ParsedSpec } from "./parse";
import { headersSchema } from "./targets/http";

type Path = readonly (string | number)[];

/**
 * Problems of new inputs only. State of earlier versions may contain such values, and can still be refreshed and destroyed.
 * Inputs that are not valid are searched as they were written, so that all problems are reported at once.
 */
export function withCheckRules(
  parsed: ParsedSpec,
  inputs: Readonly<Record<string, unknown>>,
): ParsedSpec {
  if (parsed.state === "unknown") return parsed;
  if (parsed.state === "valid") {
    const problems = problemsOf(parsed.spec);
    return problems.length === 0 ? parsed : { state: "invalid", problems };
  }
  const written = Object.entries(inputs).filter(([name]) => !isAddedInput(name));
  const reported = parsed.problems.map(({ path }) => path);
  const more = problemsOf(Object.fromEntries(written)).filter(
    // An installer may be written as a text, whose problem is that of a member of it.
    ({ path }) => !reported.some((it) => it === path || it.startsWith(`${path}.`)),
  );
  return { ...parsed, problems: [...parsed.problems, ...more] };
}

/** A spec, or inputs that may have any form. */
type Searched = Readonly<Partial<Record<keyof ImageSpec, unknown>>>;

function problemsOf(spec: Searched): InputProblem[] {
  const paths = pathsOf(spec).flatMap(({ path, value }) => {
    const reason = pathProblem(value);
    return reason === undefined ? [] : [{ path: formatPath(path), reason }];
  });
  const found = [
    ...paths,
    ...textProblems(spec),
    ...headerProblems(spec),
    ...emptyTriggers(spec.triggers, ["triggers"]),
  ];
  return found.filter(({ path }, index) => found.findIndex((it) => it.path === path) === index);
}

function headerProblems({ installer }: Searched): InputProblem[] {
  const { error } = headersSchema.safeParse(memberOf(installer, "headers") ?? {});
  return (error?.issues ?? []).map(({ path, message }) => ({
    path: formatPath(["installer", "headers", ...path.map(String)]),
    reason: message,
  }));
}

/** Members whose texts have rules of their own, or may hold any character. */
const otherRules = new Set(["userData", "triggers", "sshAuthorizedKeys", "expect", "extraConfig"]);
/** Members whose texts may have several lines. */
const severalLines = new Set(["caCerts", "labels"]);

/** Every other text is one line: a token, a password, a header, a name, an address. Paths may hold any character. */
function textProblems(value: unknown, path: Path = []): InputProblem[] {
  if (typeof value === "string") {
    const name = path.findLast((part) => typeof part === "string") ?? "";
    if (isFileField(name) || otherRules.has(name)) return [];
    const reason = path.some((part) => severalLines.has(String(part)))
      ? textProblem(value)
      : lineProblem(value);
    return reason === undefined ? [] : [{ path: formatPath(path), reason }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    if (otherRules.has(key)) return [];
    const reason = Array.isArray(value) ? undefined : lineProblem(key);
    // The key itself may be of use to nobody, so its place is that of the whole.
    return reason === undefined
      ? textProblems(member, at)
      : [{ path: formatPath(path), reason: `has a key that ${reason}` }];
  });
}

interface NamedPath {
  readonly path: Path;
  readonly value: string;
}

/** Every path of a file or folder in a spec. */
function pathsOf({ installer, buildHost, formats, publishTo }: Searched): NamedPath[] {
  const bundles = itemsOf(formats).flatMap((format, index) =>
    itemsOf(memberOf(format, "contentBundles")).flatMap((bundle, position) => {
      const value = typeof bundle === "string" ? bundle : memberOf(bundle, "path");
      return namedPath(["formats", index, "contentBundles", position], value);
    }),
  );
  const targets = itemsOf(publishTo).flatMap((target, index) =>
    targetPaths.flatMap((field) => namedPath(["publishTo", index, field], memberOf(target, field))),
  );
  return [
    ...namedPath(["installer", "path"], memberOf(installer, "path")),
    ...namedPath(["buildHost", "agent"], memberOf(buildHost, "agent")),
    ...bundles,
    ...targets,
  ];
}

function namedPath(path: Path, value: unknown): NamedPath[] {
  return typeof value === "string" ? [{ path, value }] : [];
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

const targetPaths = [
  "path",
  "headersFile",
  "caFile",
  "credentialsFile",
  "kubeconfig",
  "uploadProxyCaFile",
] as const;

function isFileField(name: string): boolean {
  return name === "agent" || targetPaths.some((field) => field === name);
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

/** Why a text is no path, although a shell or a browser takes it for one; undefined if it is a path. */
export function pathProblem(value: string): string | undefined {
  const [, rest] = /^~[^/]*(?:\/(.*))?$/s.exec(value) ?? [];
  if (value.startsWith("~")) {
    const home = rest === undefined ? "${os.homedir()}" : `\${os.homedir()}/${rest}`;
    return `begins with \`~\`, which only a shell replaces; write an absolute path, in a program \`${home}\`, or \`./${value}\` for a name that begins with \`~\``;
  }
  if (/^\$(?:\w+|\{\w+\})(?:\/|$)/.test(value)) {
    return `begins with a variable, which only a shell replaces; write an absolute path, or \`./${value}\` for a name that begins with \`$\``;
  }
  if (/^file:/i.test(value)) {
    return `is a URL; write the path, \`${filePath(value)}\``;
  }
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? "is a URL, and a path is needed" : undefined;
}

function filePath(url: string): string {
  const path = url.replace(/^file:(?:\/\/[^/]*)?/i, "");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Pulumi turns a `Date`, a `Map` and other objects of a class into an empty object, if they are in an output. */
function emptyTriggers(value: unknown, path: Path): InputProblem[] {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => emptyTriggers(item, [...path, index]));
  }
  if (typeof value === "number" && !Number.isFinite(value)) {
    return [{ path: formatPath(path), reason: `is ${value}, which is not data; write a text` }];
  }
  if (typeof value !== "object" || value === null) return [];
  const members = Object.entries(value);
  if (members.length > 0) {
    return members.flatMap(([name, member]) => emptyTriggers(member, [...path, name]));
  }
  const reason =
    "is an empty object, which never changes; Pulumi makes one of a Date, a Map or another object of a class: write text or plain data";
  return [{ path: formatPath(path), reason }];
}
