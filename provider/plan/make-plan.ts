import type { ImageSpec } from "../schema/image";
import { isSiteSeed } from "../schema/site-seed";
import { targetId } from "../schema/targets/identity";
import { accepts } from "../schema/targets/target";
import type { ImageState, Destination } from "../schema/state";
import { canonicalJson } from "../base/json";
import { installKey, requestKey, seedKey, type InstallIdentity } from "./keys";
import type { Plan } from "./plan";
import { slowDigest } from "./slow-digest";

/** The identity of the installer as known before the download. */
export interface InstallerIdentity {
  readonly sha256?: string | undefined;
  readonly validator?: string | undefined;
}

export interface PlanContext {
  readonly name: string;
  readonly owner: string;
  readonly instance: string;
  readonly recipe: string;
  readonly installer: InstallerIdentity;
  readonly userDataDigest: string;
  readonly existing?: ImageState | undefined;
  /** Whether `verify` changed since the existing image was made. */
  readonly verifyChanged?: boolean | undefined;
  readonly knownInstances?: readonly string[] | undefined;
  /** How many previous images the resource has kept so far. */
  readonly keptPrevious?: number | undefined;
}

export interface Keys {
  readonly installKey?: string | undefined;
  readonly requestKey?: string | undefined;
}

/** The install key if it is adopted or the installer's hash is known, the request key if the validator is known. */
export function keysOf(
  spec: ImageSpec,
  context: Pick<PlanContext, "recipe" | "installer" | "userDataDigest">,
): Keys {
  const identity: InstallIdentity = {
    recipe: context.recipe,
    userDataDigest: context.userDataDigest,
    firmware: spec.machine.firmware,
    secureBoot: spec.machine.secureBoot,
    network: spec.machine.network,
    diskSize: spec.machine.diskSize,
    triggers: hashTriggers(spec.triggers),
  };
  if (spec.adopt !== undefined) return { installKey: spec.adopt };
  if (isSiteSeed(spec)) return { installKey: seedKey(context.userDataDigest) };
  const { sha256, validator } = context.installer;
  const url = spec.installer?.url;
  return {
    ...(sha256 !== undefined && { installKey: installKey(identity, sha256) }),
    ...(url !== undefined &&
      validator !== undefined && {
        requestKey: requestKey(identity, { url: withoutQuery(url), validator }),
      }),
  };
}

/** A trigger may be a secret, so plans, keys and records hold only a slow hash, which tells whether it changed. */
function hashTriggers(triggers: readonly unknown[]): string[] {
  if (triggers.length === 0) return [];
  return [slowDigest(canonicalJson(triggers), "pulumi-stylus-image triggers v1")];
}

export function makePlan(spec: ImageSpec, context: PlanContext): Plan {
  const { sha256, validator } = context.installer;
  return {
    name: context.name,
    owner: context.owner,
    instance: context.instance,
    recipe: context.recipe,
    installer: {
      source: sourceOf(spec),
      ...(sha256 !== undefined && { sha256 }),
      ...(validator !== undefined && { validator }),
      kind: spec.installer?.kind ?? "auto",
    },
    userDataDigest: context.userDataDigest,
    ...keysOf(spec, context),
    machine: spec.machine,
    formats: spec.formats,
    destinations: destinationsOf(spec),
    verify: spec.verify,
    ...(context.verifyChanged === true && { verifyChanged: true }),
    timeouts: spec.timeouts,
    triggers: hashTriggers(spec.triggers),
    ...((spec.keepPrevious > 0 || (context.keptPrevious ?? 0) > 0) && {
      keepPrevious: spec.keepPrevious,
    }),
    ...(context.knownInstances !== undefined && { knownInstances: context.knownInstances }),
    ...(context.existing !== undefined && { existing: context.existing }),
  };
}

function sourceOf(spec: ImageSpec): Plan["installer"]["source"] {
  const { adopt, installer } = spec;
  if (isSiteSeed(spec)) return { type: "user-data" };
  if (adopt !== undefined || installer === undefined) return { type: "none" };
  const { url, path = "" } = installer;
  return url === undefined ? { type: "path", path } : { type: "url", url: withoutQuery(url) };
}

/** Every format at every target that accepts it. */
export function destinationsOf(spec: Pick<ImageSpec, "formats" | "publishTo">): Destination[] {
  return spec.publishTo.flatMap((target) =>
    spec.formats
      .filter((format) => accepts(target, format.type))
      .map((format) => ({ format: format.type, target: targetId(target) })),
  );
}

/** The address without query string, fragment and user: these are credentials, not identity. */
export function withoutQuery(url: string): string {
  const parsed = new URL(url);
  parsed.search = "";
  parsed.hash = "";
  parsed.username = "";
  parsed.password = "";
  return parsed.href;
}
