import type { Artifact } from "../outputs";
import { refused } from "./refused";

const digits = 10;
const longestLabel = 63;

/** `<base>-<ten digits of the artifact's digest>`, at most `longest` characters: another content has another name. */
export function nameOfContent(artifact: Artifact, base: string, longest: number): string {
  const digest = (artifact.sha256 ?? artifact.artifactKey).slice(0, digits);
  return `${base.slice(0, longest - digits - 1).replace(/[-.]+$/, "")}-${digest}`;
}

/** The same as a DNS label. */
export function labelOfContent(artifact: Artifact, base: string): string {
  const label = base
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (label !== "") return nameOfContent(artifact, label, longestLabel);
  throw refused({
    what: `\`name\` is "${base}", of which no name in Kubernetes can be made.`,
    next: "Give a name with letters or digits.",
  });
}

/** What the artifact is called at its target, without what its content adds. */
export function ownName({ uri }: Artifact): string {
  const last = /([^/]+)$/.exec(uri.replace(/[@?#].*$/, ""))?.[1] ?? "";
  return last.replace(/-[0-9a-f]{12}(?:\..*)?$/, "").replace(/:.*$/, "") || "image";
}

export function requireLabel(option: string, name: string): string {
  if (/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(name) && name.length <= longestLabel) return name;
  throw refused({
    what: `\`${option}\` is "${name}", which is no DNS label.`,
    next: "Give up to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends.",
  });
}
