import { createHash } from "node:crypto";
import type { FormatSpec } from "../schema/formats";
import type { Firmware } from "../schema/names";
import type { Publication } from "../schema/state";
import { canonicalJson } from "../base/json";
import { factsOf, formatOptions, needsDisk, acceptedFormats } from "./formats";

function sha256(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

/** Everything that affects what an install writes to the disk, and nothing else. */
export interface InstallIdentity {
  readonly recipe: string;
  /** A slow hash of the merged user-data (`userDataDigest`): keys are public, passwords are not. */
  readonly userDataDigest: string;
  readonly firmware: Firmware;
  readonly secureBoot: boolean;
  readonly network: "isolated" | "user";
  readonly diskSize: number;
  readonly triggers: readonly unknown[];
}

export function installKey(identity: InstallIdentity, installerSha256: string): string {
  return sha256({ ...pick(identity), installer: { sha256: installerSha256 } });
}

/** The install key with the installer's validator in place of its hash. It is known before the download. */
export function requestKey(
  identity: InstallIdentity,
  installer: { url: string; validator: string },
): string {
  return sha256({ ...pick(identity), installer });
}

/** The install key of a `SiteSeed`, which depends on its user-data only. */
export function seedKey(userDataDigest: string): string {
  return sha256({ seed: "1", userDataDigest });
}

function pick(identity: InstallIdentity): InstallIdentity {
  const { recipe, userDataDigest, firmware, secureBoot, network, diskSize, triggers } = identity;
  return { recipe, userDataDigest, firmware, secureBoot, network, diskSize, triggers };
}

/** The source of an artifact. */
export interface ArtifactSource {
  /** Identifies the installer and the user-data, from which an ISO is made. */
  readonly installKey: string;
  /** Content digest of the base disk; absent if nothing was installed. */
  readonly contentDigest?: string | undefined;
}

/** Equal keys mean the same bytes. Without a base disk, the key of a disk format matches no publication. */
export function artifactKey(
  { installKey, contentDigest }: ArtifactSource,
  format: FormatSpec,
  encoder: string,
): string {
  const source = needsDisk(format) ? { contentDigest } : { installKey };
  return sha256({ ...source, format: format.type, options: formatOptions(format), encoder });
}

/** Whether a publication is this format of this image, with any encoder. */
export function isPublicationOf(
  publication: Publication,
  image: ArtifactSource,
  format: FormatSpec,
): boolean {
  return acceptedFormats(format).some(
    (it) => publication.artifactKey === artifactKey(image, it, publication.encoder),
  );
}

const short = (key: string): string => key.slice(0, 12);

/** The `id` of the resource, which is also the folder of its publications. */
export function imageId(name: string, key: string): string {
  return `${name}-${short(key)}`;
}

/** Path of an artifact below a target's root. */
export function artifactName(
  name: string,
  key: string,
  artifact: string,
  format: FormatSpec,
): string {
  return `${imageId(name, key)}/${name}-${short(artifact)}.${factsOf(format).extension}`;
}

/** Path of a report below a target's root, with its own SHA-256. */
export function reportName(name: string, key: string, reportSha256: string): string {
  return `${imageId(name, key)}/${name}-report-${short(reportSha256)}.html`;
}
