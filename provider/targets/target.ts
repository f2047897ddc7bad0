import type { Publication, PublishedFile } from "../schema/state";

/** What `find` can answer. Only a definite "not there" is `absent`; a refusal or a dead network is `unreachable`. */
export type Finding =
  | { readonly state: "present" }
  /** It is there as it was published; the template that the server is to make of it is missing or altered. */
  | { readonly state: "undeployed"; readonly why: string }
  | { readonly state: "altered"; readonly why: string }
  | { readonly state: "absent" }
  | { readonly state: "unreachable"; readonly why: string };

/** A complete local file that is to be published. */
export interface LocalFile {
  /** Absolute path on the build host. */
  readonly path: string;
  readonly sizeBytes: number;
  /** What the disk in it has, holes and all; absent for what holds none, such as an ISO. */
  readonly diskSizeBytes?: number | undefined;
  readonly sha256?: string | undefined;
  readonly mediaType: string;
  readonly artifactKey: string;
  /** Name below the target's root: `<image>-<install key>/<image>-<artifact key>.qcow2`. */
  readonly name: string;
}

/** The same of an artifact. */
export interface LocalArtifact extends LocalFile {
  readonly format: Publication["format"];
}

export interface PublishOptions {
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
  readonly signal: AbortSignal;
}

/** What a server makes of what lies there, without another byte from here. */
export interface Templates {
  /** The publication with the template that this target makes of it today. */
  describe(publication: Publication): Publication;
  /** Makes what is missing of it; a machine of that name that is not ours is an error. */
  deploy(publication: Publication, signal: AbortSignal): Promise<void>;
  /** Removes what was made of the publication by other options than today's. */
  sweep(publication: Publication, signal: AbortSignal): Promise<void>;
}

/** Where artifacts are published. Every verb is idempotent; nothing is ever seen half-published under its name. */
export interface Target {
  /** Identity, without credentials: what `Publication.target` holds. */
  readonly id: string;
  /** Whether a network lies between; an uncompressed raw is then hashed before it is sent. */
  readonly remote: boolean;
  find(publication: Publication, signal: AbortSignal): Promise<Finding>;
  /** Whether it was published here, however this target was called then: one folder has many paths. */
  holds(publication: Publication): boolean;
  /** Publishes, or verifies and reuses what is already there under that name. A foreign object of that name is an error. */
  publish(artifact: LocalArtifact, options: PublishOptions): Promise<Omit<Publication, "encoder">>;
  /** Removes one publication, with all that was made of it; absent already is success. */
  remove(publication: Publication, signal: AbortSignal): Promise<void>;
  /** Copies a publication back to a local file, to convert from it. */
  retrieve(publication: Publication, path: string, options: PublishOptions): Promise<void>;
  /**
   * The address that readers get now: a record has the one of whoever published it. Absent where there is but one.
   */
  urlOf?(publication: Publication): Promise<string>;
  /** Paths of what was published so and was changed since, under its own name or set aside. Absent where none are known. */
  changedFiles?(publication: Publication): Promise<readonly string[]>;
  /** Absent where nothing is ever made of what lies there. */
  readonly templates?: Templates | undefined;
  /**
   * Where this target keeps records; absent where nothing there can be created atomically and listed. Then records of
   * other stores, the local cache's at least, say what lies here and who owns it.
   */
  readonly records?: RecordStore | undefined;
  /** Where files that are no artifacts can lie beside them; absent where only artifacts can. */
  readonly files?: FileShelf | undefined;
}

/** A target that keeps records. */
export interface RecordingTarget extends Target {
  readonly records: RecordStore;
}

/** The target's own verbs, for a file that is no artifact. */
export interface FileShelf {
  publish(file: LocalFile, options: PublishOptions): Promise<PublishedFile>;
  remove(file: PublishedFile, signal: AbortSignal): Promise<void>;
  urlOf?(file: PublishedFile): Promise<string>;
}

/** Small files, each created once and never changed in place. Paths are relative, with `/`. */
export interface RecordStore {
  readonly id: string;
  /** The text, or undefined when it is definitely not there. Throws `publish.*` when that cannot be told. */
  read(path: string, signal: AbortSignal): Promise<string | undefined>;
  /** Creates the file unless one is there; atomic against other programs. */
  create(path: string, text: string, signal: AbortSignal): Promise<"created" | "exists">;
  /** Full paths that begin with `prefix`, in any order; of very many, `atMost`. */
  list(prefix: string, signal: AbortSignal, atMost?: number): Promise<readonly string[]>;
  remove(path: string, signal: AbortSignal): Promise<void>;
}
