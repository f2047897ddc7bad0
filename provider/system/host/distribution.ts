import { readFile } from "node:fs/promises";

/** A family of distributions with the same package names; `other` for an unknown one. */
export type Distribution = "debian" | "fedora" | "other";

/** The distribution of this machine, from os-release(5). Ubuntu counts as Debian, RHEL and its rebuilds as Fedora. */
export async function readDistribution(): Promise<Distribution> {
  for (const path of ["/etc/os-release", "/usr/lib/os-release"]) {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text !== undefined) return distributionOf(text);
  }
  return "other";
}

export function distributionOf(osRelease: string): Distribution {
  const field = (name: string): string[] => {
    const value = new RegExp(`^${name}=["']?([^"'\n]*)`, "m").exec(osRelease)?.[1] ?? "";
    return value.toLowerCase().split(/\s+/);
  };
  const names = [...field("ID"), ...field("ID_LIKE")];
  if (names.some((name) => name === "debian" || name === "ubuntu")) return "debian";
  return names.some((name) => name === "fedora" || name === "rhel") ? "fedora" : "other";
}
