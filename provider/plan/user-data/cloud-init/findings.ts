import { isJsonMap, type JsonMap } from "../../../base/json";
import { propertyPath } from "../merge";
import type { Findings } from "../part";
import { accountProblems, conflictProblems } from "./account-rules";
import { documentProblems } from "./document-rules";
import { listUsers } from "./list-users";
import { loginWarnings } from "./login";
import { choice, flag, itemsOf, membersOf, text, textOrNumber, type Rule } from "./value-rules";

/** What cloud-init would not do of the user's own cloud-config, or stop at. */
export function cloudInitFindings(own: JsonMap): Findings {
  return {
    problems: [
      ...(own.users === undefined ? [] : usersRule(own.users, "userData.users")),
      ...(own.user === undefined ? [] : userRule(own.user, "userData.user")),
      ...listUsers(own.users).flatMap(({ at, account }) =>
        conflictProblems(account, `userData.${at}`),
      ),
      ...documentProblems(own),
    ],
    warnings: loginWarnings(own),
  };
}

const namedAccount: Rule = (value, at) => {
  if (!isJsonMap(value)) return [];
  const isNamed = value.name !== undefined || value.snapuser !== undefined;
  const reason = "is missing: without it, cloud-init takes the map for its default user";
  return [
    ...(isNamed ? [] : [{ path: propertyPath(at, "name"), reason }]),
    ...accountProblems(value, at),
  ];
};

const unnamedAccount: Rule = (value, at) => (isJsonMap(value) ? accountProblems(value, at) : []);

const usersRule = choice("a list of names and maps", {
  null: () => [],
  text: () => [],
  list: itemsOf(
    choice("a name or a map", { text: () => [], list: itemsOf(text), map: namedAccount }),
  ),
  map: membersOf(
    choice("a map, true or false", {
      map: unnamedAccount,
      flag,
      text: textOrNumber,
      number: textOrNumber,
    }),
  ),
});

const userRule = choice("a name or a map", { text: () => [], null: () => [], map: unnamedAccount });
