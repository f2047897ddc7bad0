import type { InputProblem } from "../../base/errors";
import type { UserSpec } from "../../schema/image";
import type { InstallerKind } from "../../schema/names";
import type { PaletteSpec } from "../../schema/palette";
import { canonicalJson, isJsonList, isJsonMap, type JsonMap } from "../../base/json";
import { mergeConfig, overlayConfig, type Merged } from "./merge";
import { slowDigest } from "../slow-digest";
import {
  installBlock,
  installProblems,
  installWarnings,
  shapeProblems,
  type Starter,
} from "./install";
import { paletteProblems, siteProblems, siteWarnings, stylusBlock } from "./palette";
import { parseUserData } from "./read";
import { permissionProblems, settlePermissions } from "./permissions";
import { largestUserData, renderConfig, renderUserData } from "./write-yaml";
import { findSecrets, maskSecrets } from "./secrets";
import {
  hasAdmin,
  hashOwnPasswords,
  ownUserProblems,
  ownUserWarnings,
  userProblems,
  usersList,
  usersStage,
} from "./users";

export { renderUserData } from "./write-yaml";

export interface UserDataInput {
  readonly palette?: PaletteSpec | undefined;
  readonly users?: readonly UserSpec[] | undefined;
  /** The user's own cloud-config: text, or an object. */
  readonly userData?: string | object | undefined;
  /**
   * `auto` counts as `kairos`: what the installer is gets known only when it has been fetched. `site` is no installer,
   * but an installed machine at its first boot on site.
   */
  readonly installerKind: InstallerKind | "auto" | "site";
  readonly singleHost: boolean;
}

interface UserData {
  /** Complete only where there are no problems. */
  readonly document: JsonMap;
  readonly warnings: readonly string[];
  readonly problems: readonly InputProblem[];
}

/** The cloud-config of an image: a generated part, the user's own merged over it, and every problem at once. */
export function generateUserData(input: UserDataInput): UserData {
  const { palette, users = [] } = input;
  const parsed = parseUserData(input.userData ?? {});
  const own = settlePermissions(hashOwnPasswords(parsed.document));
  const merged = compose(input, own);
  const { document } = merged;
  const problems = [
    ...(palette === undefined ? [] : paletteProblems(palette)),
    ...userProblems(users),
    ...parsed.problems,
    ...ownUserProblems(parsed.document),
    ...permissionProblems(parsed.document, "userData"),
    ...merged.problems,
    ...sizeProblems(document),
  ];
  const warnings = [
    ...merged.warnings,
    ...ownUserWarnings(own),
    ...secretWarnings(document, input.installerKind),
  ];
  return { document, warnings, problems: firstOfEachPath(problems) };
}

interface Composed extends Merged {
  readonly warnings: readonly string[];
}

function compose(input: UserDataInput, own: JsonMap): Composed {
  const { installerKind, palette, singleHost } = input;
  if (installerKind === "site") return forSite(input, own);
  const composed = installerKind === "generic" ? forGeneric(input, own) : forKairos(input, own);
  const registersOnSite = palette?.registration === "site";
  const site = { hasPalette: palette !== undefined, registersOnSite, singleHost };
  return {
    document: composed.document,
    problems: [...composed.problems, ...siteProblems(composed.document, site)],
    warnings: [...composed.warnings, ...siteWarnings(composed.document, site)],
  };
}

/** What is added to an image that is installed already: whatever it lacks, the image may have. */
function forSite({ palette, users = [] }: UserDataInput, own: JsonMap): Composed {
  const generated = {
    ...(users.length === 0 ? {} : { stages: usersStage(users) }),
    ...(palette === undefined ? {} : { stylus: stylusBlock(palette) }),
  };
  const { document, problems } = mergeConfig(generated, own, "userData");
  const warnings =
    own.install === undefined
      ? []
      : ["userData.install is for an installer; a machine that is installed does not look at it."];
  return { document, problems: [...problems, ...shapeProblems(own)], warnings };
}

function forKairos(input: UserDataInput, own: JsonMap): Composed {
  const { palette, users = [] } = input;
  const starter: Starter = palette !== undefined || own.stylus !== undefined ? "palette" : "kairos";
  const nobodyLogsIn = users.length === 0 && !hasAdmin(own);
  const generated = {
    install: installBlock(starter, nobodyLogsIn),
    ...(users.length === 0 ? {} : { stages: usersStage(users) }),
    ...(palette === undefined ? {} : { stylus: stylusBlock(palette) }),
  };
  const merged = mergeConfig(generated, own, "userData");
  return {
    document: merged.document,
    problems: [
      ...merged.problems,
      ...shapeProblems(own),
      ...installProblems(own, starter, nobodyLogsIn),
    ],
    warnings: installWarnings(own, starter),
  };
}

/**
 * For an installer that is not Kairos nothing is demanded and the user's own word wins. The power-off keys are there
 * for what understands them (cloud-init ignores keys it does not know), users stand in cloud-init's own list.
 */
function forGeneric(input: UserDataInput, own: JsonMap): Composed {
  const { palette, users = [] } = input;
  const generated = {
    ...(own.install === undefined || isJsonMap(own.install)
      ? { install: { poweroff: true, reboot: false } }
      : {}),
    ...(palette === undefined ? {} : { stylus: stylusBlock(palette) }),
  };
  const merged = overlayConfig(generated, own, "userData");
  const others = isJsonList(own.users) ? own.users : [];
  const document =
    users.length === 0
      ? merged.document
      : { ...merged.document, users: [...usersList(users), ...others] };
  return { document, problems: merged.problems, warnings: [] };
}

function sizeProblems(document: JsonMap): readonly InputProblem[] {
  const size = Buffer.byteLength(renderConfig(document));
  if (size <= largestUserData) return [];
  const reason = `makes a cloud-config of ${size} bytes, and the installer skips more than ${largestUserData}; let the machine download large files`;
  return [{ path: "userData", reason }];
}

function secretWarnings(
  document: JsonMap,
  kind: UserDataInput["installerKind"],
): readonly string[] {
  const places = findSecrets(document);
  if (places.length === 0) return [];
  const whoever =
    kind === "site"
      ? "Whoever has the seed can read in it"
      : "Whoever has the image can read in it (with Kairos in /oem/90_custom.yaml)";
  return [`${whoever}: ${places.join(", ")}.`];
}

function firstOfEachPath(problems: readonly InputProblem[]): readonly InputProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ path, reason }) => {
    // Faults of a text all stand at `userData`; each has a line of its own.
    const place = path === "userData" ? `${path} ${reason}` : path;
    if (seen.has(place)) return false;
    seen.add(place);
    return true;
  });
}

/** The identity of a cloud-config, as hexadecimal digits. */
export function userDataDigest(document: JsonMap): string {
  return slowDigest(canonicalJson(document), "pulumi-stylus-image user-data v1");
}

/** The cloud-config for eyes: `<secret>` in place of tokens, passwords, hashes, private keys and file contents. */
export function maskUserData(document: JsonMap): string {
  return renderConfig(maskSecrets(document));
}

/** Files of a CD labelled `cidata`. */
export interface SeedFiles {
  readonly "user-data": string;
  readonly "meta-data": string;
}

/** Those of an install. Nothing reads `meta-data`, but NoCloud asks for it. */
export function seedFiles(document: JsonMap): SeedFiles {
  return { "user-data": renderUserData(document), "meta-data": "" };
}

/**
 * Those of a `SiteSeed`. cloud-init takes another instance ID for another machine, and reads anew. As nobody can
 * compute it fast, the SHA-256 of the seed, which is public, is not one that passwords can be tried against fast.
 */
export function siteSeedFiles(document: JsonMap): SeedFiles {
  const id = slowDigest(canonicalJson(document), "pulumi-stylus-image instance v1");
  return { "user-data": renderUserData(document), "meta-data": `instance-id: ${id}\n` };
}
