import { basename, dirname, join, normalize } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { DirectoryTargetSpec } from "../../schema/targets/target";
import { StylusError } from "../../base/errors";

/** Where one published file and what belongs to it lie. All paths are absolute. */
export interface FilePaths {
  readonly root: string;
  /** The image's folder. */
  readonly folder: string;
  /** The file's name in it. */
  readonly file: string;
  readonly path: string;
  /** Seen by nobody until it is complete. */
  readonly partial: string;
  /** One for the whole directory: what costs time is its disk anyhow. */
  readonly lock: string;
  /** What we know of the file as we left it. */
  readonly sidecar: string;
}

/** Identity: the path as the user wrote it, so that it is the same on every machine. */
export function directoryTargetId(spec: DirectoryTargetSpec): string {
  const path = normalize(spec.path);
  return `directory:${path.length > 1 ? path.replace(/\/+$/, "") : path}`;
}

/** The place of `<image>-<install key>/<image>-<artifact key>.qcow2`. */
export function pathsOf(root: string, name: string): FilePaths {
  const parts = name.split("/");
  const [imageFolder, file] = parts;
  const bad = parts.length !== 2 || parts.some((part) => part === "" || part.startsWith("."));
  if (bad || imageFolder === undefined || file === undefined) {
    throw new StylusError("internal", {
      what: `"${name}" is no name of a publication in a directory.`,
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

/** Where a publication would be on this machine, and the root it was once published below. */
export function pathsOfUri(
  root: string,
  uri: string,
): { readonly place: FilePaths; readonly writtenRoot: string } {
  const path = fileURLToPath(uri);
  const folder = dirname(path);
  return {
    place: pathsOf(root, `${basename(folder)}/${basename(path)}`),
    writtenRoot: dirname(folder),
  };
}

export function fileUri(path: string): string {
  return pathToFileURL(path).href;
}
