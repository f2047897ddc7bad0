import type { Json } from "../../base/json";

/** Keys and indexes that lead to a value of the user-data. */
export type UserDataPath = readonly (string | number)[];

const host = /^(?=.{1,253}$)[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)*$/i;
const device = /^(?:auto|\/dev\/[\w/-]{1,64})$/;
const size = /^\d{1,12} ?(?:[kmgt]i?b?)?$/i;
const fileSystem = /^(?:ext[234]|xfs|btrfs|vfat|swap)$/;
const mode = /^(?:0o?)?[0-7]{3,4}$/;
const encoding = /^(?:gz(?:ip)?(?:\+b(?:ase)?64)?|b(?:ase)?64)$/;
/** An account whose public keys the machine fetches, and no token of GitHub or GitLab. */
const keyAccount = {
  test: (text: string) =>
    /^(?:github|gitlab|gh|lp):(?!gh[a-z]_|github_|gl[a-z]+-)[a-z\d][\w.-]{0,38}$/i.test(text) &&
    !looksGenerated(text.replace(/^\w+:/, "")),
};

/**
 * Values that cannot be secrets: the full path, with `*` for any key or index, and the shape of the value. A key alone
 * decides nothing: `hostname` below a file's content may be anything.
 */
const publicValues: readonly (readonly [path: string, shape: Pick<RegExp, "test">])[] = [
  ["hostname", host],
  ["stages.*.*.hostname", host],
  ["stylus.site.hostName", host],
  ["stylus.site.paletteEndpoint", host],
  ["stylus.managementMode", /^(?:central|local)$/],
  ["install.device", device],
  ["install.system.size", size],
  ["install.recovery-system.size", size],
  ["install.partitions.*.size", size],
  ["install.partitions.*.fs", fileSystem],
  ["install.extra-partitions.*.size", size],
  ["install.extra-partitions.*.fs", fileSystem],
  ["stages.*.*.files.*.permissions", mode],
  ["stages.*.*.directories.*.permissions", mode],
  ["write_files.*.permissions", mode],
  ["stages.*.*.files.*.encoding", encoding],
  ["write_files.*.encoding", encoding],
  ["ssh_authorized_keys.*", keyAccount],
  ["ssh_import_id.*", keyAccount],
  ["users.*.ssh_authorized_keys.*", keyAccount],
  ["users.*.ssh_import_id.*", keyAccount],
  ["stages.*.*.users.*.ssh_authorized_keys.*", keyAccount],
  ["stages.*.*.authorized_keys.*.*", keyAccount],
];

/** Whether the value may be shown. One that is true, false, null or empty tells nothing beyond its key. */
export function isPublicValue(path: UserDataPath, value: Json): boolean {
  if (value === null || value === "" || typeof value === "boolean") return true;
  if (typeof value !== "string" && typeof value !== "number") return false;
  return publicValues.some(
    ([allowed, shape]) => matches(allowed.split("."), path) && shape.test(String(value)),
  );
}

function matches(allowed: readonly string[], path: UserDataPath): boolean {
  if (allowed.length !== path.length) return false;
  return allowed.every((part, index) => part === "*" || part === String(path[index]));
}

/** Whether a text looks like a generated one: a token or an identifier. */
export function looksGenerated(text: string): boolean {
  return text.length >= 16 && /[a-z]/i.test(text) && (text.match(/\d/g) ?? []).length >= 2;
}

/** A key as it may be shown: in a mistaken cloud-config, a key may be a command or a secret. */
export function shownKey(key: string): string {
  return /^[a-z_][\w.-]{0,39}$/i.test(key) && !looksGenerated(key) ? key : "<key>";
}
