import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../../base/json";
import { propertyPath } from "../merge";
import type { Findings } from "../part";
import { accountProblems, conflictProblems } from "./account-rules";
import { bytesOf } from "./binary";
import { documentProblems } from "./document-rules";
import { listUsers } from "./list-users";
import { loginWarnings } from "./login";
import { hasExpression, templateHeader } from "./template";
import { choice, flag, itemsOf, membersOf, text, textOrNumber, type Rule } from "./value-rules";

/** What cloud-init would not do of the user's own cloud-config, or stop at. */
export function cloudInitFindings(own: JsonMap): Findings {
  const { [templateHeader]: template, ...document } = own;
  const known = template === undefined ? own : mapValues(document, withoutExpression);
  return {
    problems: [
      ...(known.users === undefined ? [] : usersRule(known.users, "userData.users")),
      ...(known.user === undefined ? [] : userRule(known.user, "userData.user")),
      ...listUsers(known.users).flatMap(({ at, account }) =>
        conflictProblems(account, `userData.${at}`),
      ),
      ...documentProblems(known),
    ],
    warnings: loginWarnings(own),
  };
}

/** The rules take bytes for text and do not look at what they say. */
function withoutExpression(value: Json): Json {
  if (typeof value === "string") return hasExpression(value) ? bytesOf(value) : value;
  if (isJsonList(value)) return value.map(withoutExpression);
  return isJsonMap(value) ? mapValues(value, withoutExpression) : value;
}

function mapValues(map: JsonMap, change: (value: Json) => Json): JsonMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
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
