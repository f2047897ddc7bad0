import { canonicalTargetId, ociTargetId } from "../../schema/targets/identity";
import { StylusError } from "../../base/errors";
import type { OciTargetSpec } from "../../schema/targets/oci";
import type { LocalArtifact } from "../local-artifact";

/** The part of the spec that locates the repository. */
export type OciLocation = Pick<OciTargetSpec, "repository" | "plainHttp">;

export interface Registry {
  /** As the user writes it: `registry.example.com:5000`. */
  readonly host: string;
  /** The repository's name there: `team/images`. */
  readonly name: string;
  /** Where its API is: `https://registry.example.com:5000`. */
  readonly origin: string;
}

const dockerHub = "docker.io";

export function registryOf({ repository, plainHttp }: OciLocation): Registry {
  const slash = repository.indexOf("/");
  const host = repository.slice(0, slash);
  const name = repository.slice(slash + 1);
  // Docker Hub's API has another host name, and official images are in the implicit folder `library`.
  const isHub = host === dockerHub || host === `index.${dockerHub}`;
  const api = isHub ? `registry-1.${dockerHub}` : host;
  return {
    host: isHub ? dockerHub : host,
    name: isHub && !name.includes("/") ? `library/${name}` : name,
    origin: `${plainHttp ? "http" : "https"}://${api}`,
  };
}

const longestTag = 128;

/**
 * The tag that an artifact keeps for ever, so that no garbage collection takes it: `<image>-<12 of the install
 * key>-<12 of the artifact key>`.
 */
export function permanentTag({ name, artifactKey }: Pick<LocalArtifact, "name" | "artifactKey">) {
  const [folder = ""] = name.split("/");
  const end = `-${artifactKey.slice(0, 12)}`;
  const start = folder.replace(/[^\w.-]/g, "-").replace(/^[.-]/, "_");
  return start.slice(0, longestTag - end.length) + end;
}

/** A manifest and its permanent tag. */
export interface TaggedManifest {
  readonly tag: string;
  /** `sha256:...` of the manifest. */
  readonly digest: string;
}

/** The URI includes the tag, so that `find` can verify that the tag still points to the manifest. */
export function ociUri({ repository }: OciLocation, { tag, digest }: TaggedManifest): string {
  return `oci://${repository}:${tag}@${digest}`;
}

/** The reference for `docker://` and `image:`. Without the tag, because several readers reject a tag with a digest. */
export function ociUrl({ repository }: OciLocation, digest: string): string {
  return `${repository}@${digest}`;
}

/** Parses a publication's URI. A URI of another repository is an error, so that no other manifest is ever removed. */
export function parseOciUri(location: OciLocation, uri: string): TaggedManifest {
  const parts = /^(oci:.+):(\w[\w.-]*)@(sha256:[0-9a-f]{64})$/.exec(uri);
  const [, repository = "", tag = "", digest = ""] = parts ?? [];
  // The user may have spelled the repository differently when the URI was written.
  if (canonicalTargetId(repository) === ociTargetId(location)) return { tag, digest };
  throw new StylusError("internal", {
    what: `${uri} is not in ${ociTargetId(location)}.`,
    next: "This is a defect of pulumi-stylus-image; please report it with this text.",
  });
}
