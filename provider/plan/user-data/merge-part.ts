import type { InputProblem } from "../../base/errors";
import { isJsonList, isJsonMap, type JsonMap } from "../../base/json";
import { mergeConfig, overlayConfig, propertyPath, type Merged } from "./merge";
import type { Part, PartInput } from "./part";

/** The user's own cloud-config merged over the generated one, as the reader of the result does it. */
export function mergePart(generated: JsonMap, { own, reader }: PartInput): Part {
  if (reader === "generic") return { ...mergeForCloudInit(generated, own), warnings: [] };
  const { document, problems } = mergeConfig(generated, own, "userData");
  return { document, problems: [...problems, ...shapeProblems(own)], warnings: [] };
}

/** cloud-init's list of users may hold names beside maps, so the generated users are put before the user's own. */
function mergeForCloudInit({ users, ...generated }: JsonMap, own: JsonMap): Merged {
  const merged = overlayConfig(generated, own, "userData");
  if (!isJsonList(users)) return merged;
  const ownUsers = isJsonList(own.users) ? own.users : [];
  return { ...merged, document: { ...merged.document, users: [...users, ...ownUsers] } };
}

/** If one stage has a wrong shape, the Kairos installer ignores every stage and shows no error. */
function shapeProblems(own: JsonMap): readonly InputProblem[] {
  const maps = (["stages", "stylus"] as const)
    .filter((key) => own[key] !== undefined && !isJsonMap(own[key]))
    .map((key) => ({ path: `userData.${key}`, reason: "must be a map" }));
  const stages = isJsonMap(own.stages) ? Object.entries(own.stages) : [];
  const lists = stages
    .filter(([, steps]) => !isJsonList(steps) || !steps.every(isJsonMap))
    .map(([stage]) => ({
      path: propertyPath("userData.stages", stage),
      reason: "must be a list of maps, one for each step of the stage",
    }));
  return [...maps, ...lists];
}
