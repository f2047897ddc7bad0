import type { InputProblem } from "../../base/errors";
import { canonicalJson, type JsonMap } from "../../base/json";
import { slowDigest } from "../slow-digest";
import { documentFindings } from "./document-checks";
import { installPart } from "./install";
import { mergePart } from "./merge-part";
import { ownPart } from "./own";
import { ownTextFindings } from "./own-texts";
import { palettePart } from "./palette";
import { joinFindings, type Part, type UserDataInput } from "./part";
import { usersPart } from "./users";

/**
 * The cloud-config of an image or a site seed: the generated parts with the user's own merged over them, and every
 * problem at once.
 */
export function generateUserData(input: UserDataInput): Part {
  const part = generateFor(input);
  if (input.reader !== "auto" || part.problems.length === 0) return part;
  return { ...part, problems: withOtherKind(part.problems, input) };
}

/** Names the other kind of installer in the problems that it would not have. */
function withOtherKind(
  problems: readonly InputProblem[],
  input: UserDataInput,
): readonly InputProblem[] {
  const others = new Set(generateFor({ ...input, reader: "generic" }).problems.map(keyOf));
  return problems.map((problem) => {
    const { path, reason } = problem;
    const dependsOnKind = path.startsWith("userData") && !path.startsWith("userData.install");
    if (!dependsOnKind || others.has(keyOf(problem))) return problem;
    const hint = 'if the installer is not a Kairos one, set `installer.kind` to "generic"';
    return { path, reason: `${reason}; ${hint}` };
  });
}

function generateFor(input: UserDataInput): Part {
  const own = ownPart(input);
  const partInput = { ...input, own: own.document };
  const palette = palettePart(partInput);
  const users = usersPart(partInput);
  const install = installPart(partInput);
  const generated = { ...install.document, ...users.document, ...palette.document };
  const merged = mergePart(generated, partInput);
  const { document } = merged;
  const { problems, warnings } = joinFindings([
    ...[palette, users, own, merged, install],
    ownTextFindings(partInput),
    documentFindings(document, partInput),
  ]);
  return { document, problems: firstOfEachPath(problems), warnings };
}

/** Two parts may find the same value wrong. Problems of a text all have the path `userData`, so these are all kept. */
function firstOfEachPath(problems: readonly InputProblem[]): readonly InputProblem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = keyOf(problem);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function keyOf({ path, reason }: InputProblem): string {
  return path === "userData" ? `${path} ${reason}` : path;
}

/** The identity of a cloud-config, as hexadecimal digits. */
export function userDataDigest(document: JsonMap): string {
  return slowDigest(canonicalJson(document), "pulumi-stylus-image user-data v1");
}
