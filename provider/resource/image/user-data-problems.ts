import { z } from "zod";
import type { InputProblem } from "../../base/errors";
import { userSchema } from "../../schema/image";
import { installerKinds } from "../../schema/names";
import { paletteSchema, sitePaletteSchema } from "../../schema/palette";
import { holdsUnknown, type ParsedSpec } from "../../schema/parse";
import type { Data } from "../handlers";

const parts = {
  // Faults of theirs are told already, and none of the others hang on them.
  users: z.array(userSchema).optional().catch(undefined),
  userData: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  singleHost: z.boolean().default(false),
};
const imageParts = z.object({ ...parts, palette: paletteSchema.optional() });
const siteParts = z.object({ ...parts, palette: sitePaletteSchema.optional() });
const installerPart = z.object({ kind: z.enum(installerKinds) });

/**
 * Inputs that are wrong have problems of their user-data as well, which else are found once all the rest is right. Told
 * as far as what the user-data is made of is right by itself.
 */
export function withUserDataProblems(
  parsed: ParsedSpec,
  inputs: Data,
  reader: "image" | "site",
): ParsedSpec {
  if (parsed.state !== "invalid") return parsed;
  const told = new Set(parsed.problems.map(({ path }) => path));
  const more = userDataProblems(inputs, reader).filter(({ path }) => !told.has(path));
  return { ...parsed, problems: [...parsed.problems, ...more] };
}

function userDataProblems(inputs: Data, reader: "image" | "site"): readonly InputProblem[] {
  const { palette, users, userData, singleHost, installer, adopt } = inputs;
  const said = { palette, users, userData, singleHost };
  // An image that is adopted has its user-data already.
  if (adopt !== undefined || holdsUnknown(said)) return [];
  const read = (reader === "site" ? siteParts : imageParts).safeParse(said).data;
  if (read === undefined) return [];
  const kind = installerPart.safeParse(installer).data?.kind ?? "auto";
  // Hashing and yaml are only loaded where there is something to parse.
  const { generateUserData } =
    require("../../plan/user-data/generate") as typeof import("../../plan/user-data/generate");
  return generateUserData({ ...read, reader: reader === "site" ? "site" : kind }).problems;
}
