import type { FormatOf, FormatSpec } from "../../schema/formats";
import type { InstallerKind } from "../../schema/names";
import { isJsonMap, type JsonMap } from "../../base/json";

type IsoFormat = FormatOf<"iso">;

/** SHA-256 of content bundles, by their paths as the user wrote them. */
export type BundleHashes = Readonly<Record<string, string>>;

/** The formats with the hash of every content bundle, so that they identify the bytes of an ISO. */
export function pinBundles(formats: readonly FormatSpec[], hashes: BundleHashes): FormatSpec[] {
  return formats.map((format) =>
    format.type === "iso"
      ? {
          ...format,
          contentBundles: format.contentBundles.map(({ path, sha256 = hashes[path] }) => ({
            path,
            ...(sha256 !== undefined && { sha256 }),
          })),
        }
      : format,
  );
}

/** Paths of content bundles, each once. */
export function bundlePaths(formats: readonly FormatSpec[]): string[] {
  const bundles = formats.flatMap((format) => (format.type === "iso" ? format.contentBundles : []));
  return [...new Set(bundles.map(({ path }) => path))];
}

/** The options that change the bytes of an ISO. The folder of a bundle does not. */
export function isoOptions({
  afterInstall,
  eject,
  device,
  contentBundles,
}: IsoFormat): Readonly<Record<string, unknown>> {
  const bundles = contentBundles.map(({ path, sha256 }) => ({ name: nameOf(path), sha256 }));
  return { afterInstall, eject, device, contentBundles: bundles };
}

/**
 * The cloud-config for a machine in the field: that of the image, with the format's end of the install and its disk.
 * `eject-cd` is an option of kairos-agent (`EjectCD` in pkg/action/install.go, effective only when booted from a CD).
 */
export function isoUserData(userData: JsonMap, format: IsoFormat, kind: InstallerKind): JsonMap {
  const install = isJsonMap(userData["install"]) ? userData["install"] : {};
  const setsDevice = format.device !== "auto" || install["device"] !== undefined;
  return {
    ...userData,
    install: {
      ...install,
      poweroff: format.afterInstall === "poweroff",
      reboot: format.afterInstall === "reboot",
      ...(setsDevice && { device: format.device }),
    },
    ...(kind === "kairos" && format.eject && { "eject-cd": true }),
  };
}

/** The path of the configuration on the ISO, and the other configurations that the installer merges with it. */
export interface ConfigurationLocation {
  readonly path: string;
  readonly replaces: boolean;
  readonly leftovers: readonly string[];
}

/**
 * Kairos' collector walks the ISO folder by folder in the order of names, and later files win. A file beside an
 * existing configuration could lose to it, so the last configuration is replaced (CanvOS writes
 * `/files-iso/config.yaml`). The collector reads `.yaml` and `.yml` in lower case only.
 */
export function configurationLocation(existing: readonly string[]): ConfigurationLocation {
  const sorted = existing
    .filter((path) => /\.ya?ml$|userdata/.test(path))
    .toSorted((one, other) => (inWalkOrder(one) < inWalkOrder(other) ? -1 : 1));
  const last = sorted.at(-1);
  if (last === undefined) return { path: "/config.yaml", replaces: false, leftovers: [] };
  return { path: last, replaces: true, leftovers: sorted.slice(0, -1) };
}

/** The sort key of a path in walk order: `/a/x` comes before `/a-b/x`, although a hyphen sorts before a slash. */
function inWalkOrder(path: string): string {
  return path.replaceAll("/", "\0");
}

/** A range of bytes of a local file, as a file of its own on the ISO. */
export interface IsoPiece {
  readonly path: string;
  readonly from: number;
  readonly length: number;
}

/** The folder that Palette's installer reads content from, and the piece size of its own builder (`split --bytes=3GB`). */
export const contentFolder = "/opt/spectrocloud/content";
const pieceBytes = 3_000_000_000;

export function bundlePieces(path: string, sizeBytes: number): IsoPiece[] {
  const count = Math.max(1, Math.ceil(sizeBytes / pieceBytes));
  return Array.from({ length: count }, (_, index) => ({
    path: `${contentFolder}/${nameOf(path)}_part${String(index).padStart(2, "0")}`,
    from: index * pieceBytes,
    length: Math.min(pieceBytes, sizeBytes - index * pieceBytes),
  }));
}

function nameOf(path: string): string {
  return path.replace(/.*\//, "");
}
