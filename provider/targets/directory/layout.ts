import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { StylusError } from "../../base/errors";
import type { Address } from "../addresses";

/** Absolute paths of one published file and of the files that belong to it. */
export interface FilePaths {
  readonly root: string;
  /** The image's folder. */
  readonly folder: string;
  /** The file's name in it. */
  readonly file: string;
  readonly path: string;
  /** Hidden name of the file until it is complete. */
  readonly partial: string;
  /** One lock for the whole directory: parallel copies to one disk are not faster. */
  readonly lock: string;
  /** Size, SHA-256, time and inode of the file after its publication. */
  readonly sidecar: string;
}

/** The paths of the publication `<image>-<install key>/<image>-<artifact key>.qcow2`. */
export function pathsOf(root: string, name: string): FilePaths {
  const parts = name.split("/");
  const [imageFolder, file] = parts;
  const bad = parts.length !== 2 || parts.some((part) => part === "" || part.startsWith("."));
  if (bad || imageFolder === undefined || file === undefined) {
    throw new StylusError("internal", {
      what: `"${name}" is not a valid name for a publication in a directory.`,
      next: "This is a defect of pulumi-stylus-image; please report it with this text.",
    });
  }
  const folder = join(root, imageFolder);
  return {
    root,
    folder,
    file,
    path: join(folder, file),
    partial: join(folder, `.${file}.partial`),
    lock: join(root, ".stylus-image", "lock"),
    sidecar: join(root, ".stylus-image", "files", imageFolder, `${file}.json`),
  };
}

/** The paths of a publication below `root`, and the root that its URI was written for. */
export function pathsOfUri(
  root: string,
  uri: string,
): { readonly paths: FilePaths; readonly publishedRoot: string } {
  const path = fileURLToPath(uri);
  const folder = dirname(path);
  return {
    paths: pathsOf(root, `${basename(folder)}/${basename(path)}`),
    publishedRoot: dirname(folder),
  };
}

/** The current address of a file that may have been published under another path of the folder. */
export function addressInFolder(root: string, recorded: Address): Address {
  if (!recorded.uri.startsWith("file:")) return { uri: recorded.uri, url: recorded.url };
  const uri = fileUri(pathsOfUri(root, recorded.uri).paths.path);
  return { uri, url: uri };
}

export function fileUri(path: string): string {
  return pathToFileURL(path).href;
}
