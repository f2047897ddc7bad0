import type { InputProblem } from "../../../base/errors";
import { isJsonMap, type Json, type JsonMap } from "../../../base/json";
import { propertyPath } from "../merge";
import {
  anything,
  choice,
  fieldsOf,
  itemsOf,
  listOf,
  matching,
  membersOf,
  text,
  textOrNull,
  textOrNumber,
  textRule,
  type Rule,
} from "./value-rules";

const texts = listOf(text, "a list of texts");
const textOrTexts = choice("text or a list of texts", { text: anything, list: itemsOf(text) });

/** One command: a line for the shell, or the program and its arguments. */
const command = choice("text, or a list of a program and its arguments", {
  text: anything,
  list: anything,
  null: anything,
  map: refuse("is a map, because YAML reads `: ` as the end of a key; quote the whole command"),
});
const commands = listOf(command, "a list of commands");

const members = choice("a user or a list of users", { text: anything, list: itemsOf(text) });
const groups = choice("text with commas, a list or a map", {
  text: anything,
  map: membersOf(members),
  list: itemsOf(
    choice("a group, or a map of groups and their users", {
      text: anything,
      map: membersOf(members),
    }),
  ),
});

const encodings = /^(?:gz(?:ip)?(?:\+b(?:ase)?64)?|b(?:ase)?64|text\/plain|)$/i;
const file = fieldsOf(
  {
    path: text,
    content: textOrNull,
    owner: text,
    permissions: choice("an octal mode as text", {
      text: matching(/^(?:0o)?[0-7]{3,5}$/, 'must be an octal mode, such as "0644"'),
      number: anything,
      null: anything,
    }),
    encoding: choice("text", {
      text: matching(encodings, "must be b64, gzip, gz+b64 or text/plain"),
      null: anything,
    }),
  },
  ["path"],
);

const passwordLine = matching(/^[^:]+:./s, "must have the form `user:password`");
const passwordType = matching(/^(?:hash|text|RANDOM)$/, "must be hash, text or RANDOM");
const passwordOfUser: Rule = (value, at) => [
  ...fieldsOf({ name: text, password: text, type: choice("text", { text: passwordType }) }, [
    "name",
  ])(value, at),
  ...randomOrGiven(value, at),
];
const chpasswd = fieldsOf({
  list: choice("a list of `user:password`", {
    text: textRule((lines, at) =>
      lines.split("\n").flatMap((line) => (line === "" ? [] : passwordLine(line, at))),
    ),
    list: itemsOf(choice("text `user:password`", { text: passwordLine })),
    null: anything,
  }),
  users: choice("a list of maps", {
    list: itemsOf(choice("a map with `name` and `password`", { map: passwordOfUser })),
    null: anything,
  }),
  expire: choice("true or false", { flag: anything, text: anything, null: anything }),
});

/** Top-level keys whose value makes cloud-init stop a module, or skip a part of it, if it is of another kind. */
const documentRules: Readonly<Record<string, Rule>> = {
  groups,
  chpasswd: choice("a map", { map: chpasswd }),
  password: textOrNumber,
  ssh_pwauth: choice("true or false", { flag: anything, text: anything, null: anything }),
  ssh_authorized_keys: texts,
  ssh_import_id: textOrTexts,
  runcmd: commands,
  bootcmd: commands,
  write_files: listOf(choice("a map with `path` and `content`", { map: file }), "a list of maps"),
  packages: choice("a list of package names", {
    text: anything,
    null: anything,
    list: itemsOf(
      choice("a package's name, or a list of name and version", {
        text: anything,
        list: itemsOf(textOrNumber),
        map: anything,
      }),
    ),
  }),
  hostname: textOrNull,
  fqdn: textOrNull,
  timezone: text,
  locale: choice("text or false", { text: anything, flag: anything, null: anything }),
  mounts: listOf(
    choice("a list of the fields of a mount", { list: anything, text: anything }),
    "a list of lists",
  ),
};

/** Problems of the top-level keys other than `users`. */
export function documentProblems(own: JsonMap): readonly InputProblem[] {
  return fieldsOf(documentRules)(own, "userData");
}

function refuse(reason: string): Rule {
  return (_value, at) => [{ path: at, reason }];
}

function randomOrGiven(value: Json, at: string): readonly InputProblem[] {
  if (!isJsonMap(value) || value.type === "RANDOM" || value.password !== undefined) return [];
  return [{ path: propertyPath(at, "password"), reason: "is missing" }];
}
