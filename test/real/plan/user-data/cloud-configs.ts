import type { Json, JsonMap } from "../../../../provider/base/json";
import { randomNumbers } from "../../../support/random-numbers";

/** Cloud-configs as people write them. */
const snippets: readonly JsonMap[] = [
  { users: ["default", { name: "a", groups: "users, wheel", lock_passwd: false }] },
  { users: [{ name: "a", groups: ["wheel"], hashed_passwd: "$6$s$x", "lock-passwd": false }] },
  { users: { a: { uid: 7, sudo: "ALL=(ALL) ALL" }, b: true } },
  { users: "a,b" },
  { users: [{ name: "a", ssh_authorized_keys: ["ssh-rsa K"], ssh_import_id: ["gh:a"] }] },
  { users: [{ name: "a", system: true, no_create_home: true, shell: "/bin/sh" }] },
  { users: [{ name: "a", plain_text_passwd: "x", gecos: "A", homedir: "/a", inactive: "5" }] },
  {
    users: [{ name: "a", ssh_redirect_user: true, create_groups: false, expiredate: "2032-09-01" }],
  },
  { user: { name: "boss", sudo: null }, users: ["default"] },
  { groups: ["ci", { admin: ["a", "b"], ops: "c" }] },
  { groups: "x, y" },
  { chpasswd: { expire: false, list: ["a:b", "c:$6$s$x"] } },
  {
    chpasswd: {
      users: [
        { name: "a", password: "x", type: "text" },
        { name: "b", type: "RANDOM" },
      ],
    },
  },
  { runcmd: ["date", ["echo", "a: b"], "echo $HOME"] },
  { bootcmd: [["sh", "-c", "date"], "true"] },
  { write_files: [{ path: "/a", content: "x\n", permissions: "0644", owner: "root:root" }] },
  { write_files: [{ path: "/b", content: "aGk=", encoding: "b64", append: true }] },
];

/** Values of another kind than the one that they replace, as mistakes and mutations leave them. */
const values: readonly Json[] = [
  ...[null, true, false, 0, 7, 1.5, "", "text", "true", "false", "a:b"],
  ...[[], ["x"], [null], [7], [["x"]], [{ a: 1 }], {}, { a: "b" }, { a: null }, { a: ["b"] }],
];

/** Snippets and their mutations, always the same ones: one value or key in each is another one. */
export function cloudConfigs(count: number): readonly JsonMap[] {
  const random = randomNumbers(20_261_129);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const mutations = Array.from({ length: count - snippets.length }, () => {
    const snippet = pick(snippets);
    const places = placesIn(snippet, []);
    const changed = replaceAt(snippet, pick(places), pick(values));
    return typeof changed === "object" && changed !== null && !Array.isArray(changed)
      ? (changed as JsonMap)
      : snippet;
  });
  return [...snippets, ...mutations];
}

type Place = readonly (string | number)[];

function placesIn(value: Json, at: Place): readonly Place[] {
  if (typeof value !== "object" || value === null) return [at];
  const inside = Object.entries(value).flatMap(([key, member]) =>
    placesIn(member, [...at, Array.isArray(value) ? Number(key) : key]),
  );
  return at.length === 0 ? inside : [at, ...inside];
}

function replaceAt(value: Json, [key, ...rest]: Place, by: Json): Json {
  if (key === undefined) return by;
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((item, index) =>
      index === key ? replaceAt(item, rest, by) : item,
    );
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as JsonMap).map(([name, member]) => [
      name,
      name === key ? replaceAt(member, rest, by) : member,
    ]),
  );
}
