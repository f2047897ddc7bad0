import type { InputProblem } from "../../../base/errors";
import { isJsonMap, type Json, type JsonMap } from "../../../base/json";
import { passwordProblem } from "../password";
import { propertyPath } from "../merge";
import { accountKey } from "./list-users";
import {
  anything,
  choice,
  flag,
  itemsOf,
  matching,
  membersOf,
  ruleOf,
  text,
  textOrNull,
  textRule,
  type Rule,
} from "./value-rules";

const texts = choice("a list of texts", { list: itemsOf(text), null: anything });
const textsOrNames = choice("text or a list of texts", { text: anything, list: itemsOf(text) });

// null stops cloud-init at this user, and the users after it are not created.
const publicKeys = choice("a list of public keys", {
  text: anything,
  list: itemsOf(text),
  map: membersOf(text),
});

const password: Rule = choice("text", {
  text: textRule((value, at) => {
    const reason = passwordProblem(value);
    return reason === undefined ? [] : [{ path: at, reason }];
  }),
  number: anything,
  null: anything,
});

/** The keys of an account. A wrong kind of value stops cloud-init's creation of users, or is ignored without a word. */
const accountRules: Readonly<Record<string, Rule>> = {
  name: text,
  gecos: textOrNull,
  homedir: textOrNull,
  primary_group: textOrNull,
  groups: choice("text with commas, a list or a map of group names", {
    text: anything,
    list: itemsOf(text),
    map: anything,
    null: anything,
  }),
  selinux_user: textOrNull,
  shell: textOrNull,
  snapuser: text,
  expiredate: textOrNull,
  inactive: textOrNull,
  uid: choice("text or a number", { text: anything, number: anything, null: anything }),
  passwd: password,
  hashed_passwd: textOrNull,
  plain_text_passwd: password,
  lock_passwd: flag,
  no_create_home: flag,
  no_log_init: flag,
  no_user_group: flag,
  create_groups: flag,
  system: flag,
  ssh_authorized_keys: publicKeys,
  ssh_import_id: textsOrNames,
  ssh_redirect_user: choice('true, false or "default"', {
    flag: anything,
    null: anything,
    text: matching(/^default$/, 'must be true, false or "default"'),
  }),
  sudo: choice("text, a list of texts, false or null", {
    text: anything,
    list: itemsOf(text),
    null: anything,
    flag: (value, at) =>
      value === false
        ? []
        : [{ path: at, reason: 'must be a rule, such as "ALL=(ALL) NOPASSWD:ALL"' }],
  }),
  doas: texts,
};

/** Problems of the account at a property path. */
export function accountProblems(account: JsonMap, at: string): readonly InputProblem[] {
  return Object.entries(account).flatMap(([key, value]) => [
    ...ruleOf(accountRules, accountKey(key))(value, propertyPath(at, key)),
    ...aliasProblem(account, key, at),
  ]);
}

/** Two keys that cloud-init reads as one: which of them wins depends on their order, which a map does not keep. */
function aliasProblem(account: JsonMap, key: string, at: string): readonly InputProblem[] {
  const other = accountKey(key);
  if (other === key || !Object.hasOwn(account, other)) return [];
  return [{ path: propertyPath(at, key), reason: `is given twice, as ${other} too; remove one` }];
}

/** Keys that need a home directory or exclude each other: cloud-init stops at such a user, and creates none after it. */
export function conflictProblems(account: JsonMap, at: string): readonly InputProblem[] {
  const homeless = ["no_create_home", "system"].find((key) => isSet(account[key]));
  const needsHome = ["ssh_authorized_keys", "ssh_import_id", "ssh_redirect_user"].find((key) =>
    isSet(account[key]),
  );
  const problems: InputProblem[] = [];
  if (homeless !== undefined && needsHome !== undefined) {
    const reason = `needs a home directory, which \`${homeless}: true\` prevents; remove one of them`;
    problems.push({ path: propertyPath(at, needsHome), reason });
  }
  if (!isSet(account.ssh_redirect_user)) return problems;
  const keys = ["ssh_authorized_keys", "ssh_import_id"].find((key) => account[key] !== undefined);
  if (keys === undefined) return problems;
  const reason = `excludes \`${keys}\`; remove one of them`;
  return [...problems, { path: propertyPath(at, "ssh_redirect_user"), reason }];
}

/** A value that cloud-init counts as given: any that Python takes for true. */
function isSet(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === "" || value === 0) return false;
  if (isJsonMap(value)) return Object.keys(value).length > 0;
  return Array.isArray(value) ? value.length > 0 : value !== false;
}
