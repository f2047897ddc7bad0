import type { Artifact } from "../outputs";
import { inputError } from "./input-error";

const digits = 10;
const longestLabel = 63;

/** Returns `<base>-<ten digits of the artifact's digest>`, with `base` shortened so that it has at most `longest` characters. */
export function nameOfContent(artifact: Artifact, base: string, longest: number): string {
  const digest = (artifact.sha256 ?? artifact.artifactKey).slice(0, digits);
  return `${base.slice(0, longest - digits - 1).replace(/[-.]+$/, "")}-${digest}`;
}

/** Returns the same as a DNS label. */
export function labelOfContent(artifact: Artifact, base: string): string {
  const label = base
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (label !== "") return nameOfContent(artifact, label, longestLabel);
  throw inputError({
    what: `\`name\` is "${base}", which cannot be converted to a name in Kubernetes.`,
    next: "Use a name with letters or digits.",
  });
}

/** The name of the artifact at its target, without the digits of its key. */
export function ownName({ uri }: Artifact): string {
  const last = /([^/]+)$/.exec(uri.replace(/[@?#].*$/, ""))?.[1] ?? "";
  return last.replace(/-[0-9a-f]{12}(?:\..*)?$/, "").replace(/:.*$/, "") || "image";
}

/** Returns the name if it is a DNS label; throws otherwise. */
export function requireLabel(option: string, name: string): string {
  if (/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(name) && name.length <= longestLabel) return name;
  throw inputError({
    what: `\`${option}\` is "${name}", which is not a DNS label.`,
    next: "Use up to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit.",
  });
}
