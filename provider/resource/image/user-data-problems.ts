import { z } from "zod";
import type { InputProblem } from "../../base/errors";
import { machineSchema, userSchema } from "../../schema/image";
import { installerKinds } from "../../schema/names";
import { paletteSchema, sitePaletteSchema } from "../../schema/palette";
import { holdsUnknown, type ParsedSpec } from "../../schema/parse";
import type { Data } from "../handlers";

const sharedParts = {
  // Invalid users are already reported, and the other parts do not depend on them.
  users: z.array(userSchema).optional().catch(undefined),
  userData: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  singleHost: z.boolean().default(false),
};
const imageParts = z.object({ ...sharedParts, palette: paletteSchema.optional() });
const siteParts = z.object({ ...sharedParts, palette: sitePaletteSchema.optional() });
const machinePart = machineSchema.prefault({});
const installerPart = z.object({ kind: z.enum(installerKinds) });

/**
 * Adds problems of the user-data to those of invalid inputs, so that all are reported at once. The user-data is checked only
 * if its own inputs are valid.
 */
export function withUserDataProblems(
  parsed: ParsedSpec,
  inputs: Data,
  reader: "image" | "site",
): ParsedSpec {
  if (parsed.state !== "invalid") return parsed;
  const reported = new Set(parsed.problems.map(({ path }) => path));
  const more = userDataProblems(inputs, reader).filter(({ path }) => !reported.has(path));
  return { ...parsed, problems: [...parsed.problems, ...more] };
}

function userDataProblems(inputs: Data, reader: "image" | "site"): readonly InputProblem[] {
  const { palette, users, userData, singleHost, installer, machine, adopt } = inputs;
  const parts = { palette, users, userData, singleHost };
  // An adopted image has its own user-data.
  if (adopt !== undefined || holdsUnknown(parts)) return [];
  const read = (reader === "site" ? siteParts : imageParts).safeParse(parts).data;
  if (read === undefined) return [];
  const kind = installerPart.safeParse(installer).data?.kind ?? "auto";
  // Loaded here, because not every check needs password hashing and YAML.
  const { generateUserData } =
    require("../../plan/user-data/generate") as typeof import("../../plan/user-data/generate");
  if (reader === "site") return generateUserData({ ...read, reader }).problems;
  const diskSize = machinePart.safeParse(machine).data?.diskSize;
  return generateUserData({ ...read, reader: kind, diskSize }).problems;
}
