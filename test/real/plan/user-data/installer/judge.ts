import { isJsonList, isJsonMap, type Json, type JsonMap } from "../../../../../provider/base/json";
import { propertyPath } from "../../../../../provider/plan/user-data/merge";
import { everyField, type Field, type Readers } from "./fields";
import type { Answer, Installed, Loaded } from "./oracle";

/** Why the installer does not take a cloud-config; undefined if it does. */
export function whyDropped({ file, alone, merged }: Answer): string | undefined {
  return [
    fileError(file, "file"),
    installError(alone, "alone"),
    installError(merged, "merged"),
  ].find((reason) => reason !== undefined);
}

function fileError({ error, stagesError }: Loaded, where: string): string | undefined {
  if (error !== undefined) return `${where}: yip drops the file: ${error}`;
  return stagesError === undefined ? undefined : `${where}: yip drops all stages: ${stagesError}`;
}

// The refusal without an administrator is left out: `nousers` decides it, which belongs to the generated part.
function installError(done: Installed, where: string): string | undefined {
  const error =
    done.panic ?? done.collectorError ?? done.configError ?? done.specError ?? done.bootError;
  if (error !== undefined) return `${where}: the agent fails: ${error}`;
  return done.boot && fileError(done.boot, `${where}, installed system`);
}

/** Property paths of values that the installed system decodes into something else than was written. */
export function findMisread(
  document: JsonMap,
  { alone }: Answer,
  known: Readers,
): readonly string[] {
  const { stages = {}, install, ...others } = document;
  const ownInstall = isJsonMap(install) ? install : {};
  const installField = fieldOf(known.agent, "install");
  return [
    ...compare(stages, alone.boot?.stages, fieldOf(known.yip, "stages"), "stages"),
    ...compare(pick(others, known.agent), alone.config, known.agent, ""),
    ...compare(
      pick(ownInstall, installField),
      at(alone.config, "install"),
      installField,
      "install",
    ),
    ...compareCloudConfig(pick(document, known.cloudConfig), alone.boot?.cloudConfig, known),
  ];
}

/** Of the keys of cloud-init, yip makes a step of `boot`, and the name of the host in `initramfs`. */
function compareCloudConfig(
  own: JsonMap,
  decoded: Json | undefined,
  known: Readers,
): readonly string[] {
  const step = fieldOf(known.yip, "stages", "*", "*");
  const { hostname, runcmd = [], write_files: files = [], milpa_files: more = [] } = own;
  const made = { commands: runcmd, files: [...listIn(files), ...listIn(more)].map(asFileOfStep) };
  const account = fieldOf(known.yip, "stages", "*", "*", "users", "*");
  return [
    ...compare(made, at(decoded, "boot", 0), step, ""),
    ...compare(hostname === undefined ? {} : { hostname }, at(decoded, "initramfs", 0), step, ""),
    ...listIn(own.users).flatMap((user, index) => {
      // yip adds the keys at the top level to those of the account.
      if (!isJsonMap(user)) return [];
      const rest = Object.entries(user).filter(([key]) => key !== "ssh_authorized_keys");
      const decodedUser = at(decoded, "boot", 0, "users", asText(user.name));
      return compare(Object.fromEntries(rest), decodedUser, account, `users[${index}]`);
    }),
  ];
}

function asFileOfStep(file: Json): Json {
  if (!isJsonMap(file)) return file;
  const { owner = "", permissions, ...rest } = file;
  return { ...rest, ownerstring: owner, permissions: parseInt(asText(permissions) || "0", 8) };
}

/** Compares what was written with what Go decoded, in which a field without a value is left out. */
function compare(
  written: Json,
  decoded: Json | undefined,
  field: Field,
  path: string,
): readonly string[] {
  if (written === null) return [];
  switch (field.kind) {
    case "reference":
      return [];
    case "text":
      return asText(written) === (decoded ?? "") ? [] : [path];
    case "boolean":
      return written === (decoded ?? false) ? [] : [path];
    case "integer":
    case "unsigned":
      return written === (decoded ?? 0) ? [] : [path];
    case "list":
      return listIn(written).flatMap((item, index) =>
        compare(item, at(decoded, index), field.of, propertyPath(path, index)),
      );
    case "map":
    case "fields":
      return Object.entries(isJsonMap(written) ? written : {}).flatMap(([key, value]) => {
        const member = memberOf(field, key);
        const place = propertyPath(path, key);
        return member === undefined ? [] : compare(value, at(decoded, key), member, place);
      });
  }
}

/**
 * Property paths of the keys that neither yip nor the agent knows. Other programs have keys at the top level and in
 * `install`.
 */
export function findIgnored(document: JsonMap, known: Readers): readonly string[] {
  const every = everyField(known);
  const { install, ...others } = pick(document, every);
  const installField = fieldOf(every, "install");
  return [
    ...unknownMembers(others, every, ""),
    ...unknownMembers(
      isJsonMap(install) ? pick(install, installField) : {},
      installField,
      "install",
    ),
  ];
}

function unknownKeys(written: Json, field: Field, path: string): readonly string[] {
  if (field.kind === "list") {
    return listIn(written).flatMap((item, index) =>
      unknownKeys(item, field.of, propertyPath(path, index)),
    );
  }
  return isJsonMap(written) ? unknownMembers(written, field, path) : [];
}

function unknownMembers(map: JsonMap, field: Field, path: string): readonly string[] {
  return Object.entries(map).flatMap(([key, value]) => {
    const member = memberOf(field, key);
    const place = propertyPath(path, key);
    return member === undefined ? [place] : unknownKeys(value, member, place);
  });
}

function at(value: Json | undefined, ...steps: readonly (string | number)[]): Json | undefined {
  return steps.reduce<Json | undefined>((from, step) => {
    if (typeof step === "number") return isJsonList(from) ? from[step] : undefined;
    return isJsonMap(from) ? from[step] : undefined;
  }, value);
}

/** The field at a path, in which `*` is every item of a list and every value of a map. */
function fieldOf(field: Field, ...steps: readonly string[]): Field {
  return steps.reduce((from, step) => {
    const next = from.kind === "list" ? from.of : memberOf(from, step);
    if (next === undefined) throw new Error(`there is no field ${step}`);
    return next;
  }, field);
}

function memberOf(field: Field, key: string): Field | undefined {
  if (field.kind === "map") return field.of;
  return field.kind === "fields" ? field.fields[key] : undefined;
}

function pick(map: JsonMap, known: Field): JsonMap {
  const members = Object.entries(map).filter(([key]) => memberOf(known, key) !== undefined);
  return Object.fromEntries(members);
}

/** A scalar as Go's decoders read it into a text. */
function asText(value: Json | undefined): string {
  return typeof value === "object" || value === undefined ? "" : String(value);
}

function listIn(value: Json | undefined): readonly Json[] {
  return isJsonList(value) ? value : [];
}
