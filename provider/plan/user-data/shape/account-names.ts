import type { InputProblem } from "../../../base/errors";
import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../../base/json";
import { propertyPath } from "../merge";

/** yip keeps the accounts of the top level by name: it mixes those without a name, and drops all but one of a name. */
export function accountNameProblems({ users }: JsonMap): readonly InputProblem[] {
  const accounts = isJsonList(users) ? users : [];
  const names = accounts.map(nameOf);
  return names.flatMap((name, index) => {
    const path = propertyPath("userData.users", index);
    if (name === "")
      return [{ path, reason: "must have a `name`; Kairos makes no account without one" }];
    if (name === undefined || names.indexOf(name) === index) return [];
    const reason = "repeats the name of an earlier account, which Kairos would drop; join the two";
    return [{ path: `${path}.name`, reason }];
  });
}

/** Empty if the account has none; undefined if it is not an account, which is a problem of its own. */
function nameOf(account: Json): string | undefined {
  if (!isJsonMap(account) || typeof account.name === "object") return undefined;
  return String(account.name ?? "");
}
