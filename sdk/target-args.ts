import type { Input } from "@pulumi/pulumi";
import type { CdiTarget } from "./cdi-target-args";
import type { FormatName } from "./format-args";
import type { VsphereTarget } from "./vsphere-target-args";

/** A folder on the machine that builds, or mounted there. It keeps records. */
export interface DirectoryTarget {
  type: "directory";
  /** Path of the folder, created if missing. A relative path resolves against the Pulumi project's root. */
  path: Input<string>;
  /** Formats to publish here. Default: all. */
  formats?: Input<Input<FormatName>[]>;
}

/** A bucket of AWS S3 or of an S3-compatible server. It keeps records. */
export interface S3Target {
  type: "s3";
  /** Name of the bucket, which must exist. */
  bucket: Input<string>;
  /** Prefix of all keys. Default: none. */
  prefix?: Input<string>;
  /** Region of the bucket. Default: that of the environment or the profile. */
  region?: Input<string>;
  /** URL of a server other than AWS, such as `https://minio.example:9000`. Default: AWS. */
  endpoint?: Input<string>;
  /** Profile of the shared AWS configuration files, read at each use. Default: that of the environment. */
  profile?: Input<string>;
  /** Put the bucket into the path of a URL instead of the host name. Default: true with an `endpoint`, otherwise false. */
  pathStyle?: Input<boolean>;
  /** Server-side encryption of the objects. Default: that of the bucket. */
  sse?: Input<"AES256" | "aws:kms">;
  /** KMS key for `sse: "aws:kms"`. Default: the AWS-managed key. */
  kmsKeyId?: Input<string>;
  /** Storage class of the artifacts. Default: that of the server. */
  storageClass?: Input<string>;
  /**
   * Tags of objects that are written from now on, including records; at most 10. Not all S3-compatible servers support
   * tags. Default: none.
   */
  tags?: Input<Record<string, Input<string>>>;
  /**
   * `Cache-Control` header of artifacts that are published from now on; empty for none. Default:
   * `max-age=31536000, immutable`, because the content of a name never changes.
   */
  cacheControl?: Input<string>;
  /**
   * Base of the artifacts' `url`, for readers that use another host than the API: a URL that the key is appended to, or a
   * template with `{key}` and `{bucket}`, such as `https://cdn.example.com/{key}`. A change updates the outputs only.
   * Default: the server's own URL.
   */
  publicUrl?: Input<string>;
  /** `required-only` for servers that reject the default checksums of the AWS SDK. Default: `auto`. */
  checksums?: Input<"auto" | "required-only">;
  /**
   * Size of the parts of an upload: bytes, or text such as `32MiB`. Larger parts are used for files that would need more
   * than 10,000 parts. Default: `32MiB`.
   */
  partSize?: Input<number | string>;
  /** Literal credentials are stored in state, as secrets; prefer the environment or `profile`. */
  accessKeyId?: Input<string>;
  /** Required with `accessKeyId`. */
  secretAccessKey?: Input<string>;
  /** Session token of temporary credentials. */
  sessionToken?: Input<string>;
  /** Formats to publish here. Default: all. */
  formats?: Input<Input<FormatName>[]>;
}

/**
 * A web server that accepts PUT: WebDAV, nginx or an artifact repository. It keeps no records: other machines adopt its
 * artifacts by the record of a `directory` or `s3` target that the image is also published to, and removal is decided by
 * those records and the local cache.
 */
export interface HttpTarget {
  type: "http";
  /** URL of a folder, http or https, without user, password and query; put credentials into headers. */
  url: Input<string>;
  /** Request headers, such as `Authorization`. Stored in state, as secrets; prefer `headersFile`. Default: none. */
  headers?: Input<Record<string, Input<string>>>;
  /**
   * File of `Name: value` lines, read at each use, so that refresh and destroy use current credentials. A relative path
   * resolves against the Pulumi project's root. Default: none.
   */
  headersFile?: Input<string>;
  /**
   * Base of the artifacts' `url`, for readers that use another URL than uploads: a URL that the path is appended to, or a
   * template with `{key}` for the path below the folder. A change updates the outputs only. Default: `url`.
   */
  publicUrl?: Input<string>;
  /** Create missing folders with WebDAV's MKCOL. Default: true; servers without MKCOL create them on PUT, or fail. */
  createFolders?: Input<boolean>;
  /** Formats to publish here. Default: all. */
  formats?: Input<Input<FormatName>[]>;
}

/**
 * A repository of a container registry. A `containerdisk` is published as an image that KubeVirt can run; any other format
 * as an artifact with one layer, which `oras pull` downloads. It keeps no records, like an `HttpTarget`. Without
 * `username` and `password`, the logins and credential helpers of Docker, Podman and skopeo are used.
 */
export interface OciTarget {
  type: "oci";
  /** Registry and name, such as `registry.example.com:5000/team/images`, without scheme, tag or digest. */
  repository: Input<string>;
  /**
   * A tag that always points to the newest image. It is moved after all artifacts are published, and requires a target
   * with one format. Default: none; each artifact also has a tag of its own that is never moved.
   */
  tag?: Input<string>;
  /** Use http instead of https, for a registry in a trusted network. Default: false. */
  plainHttp?: Input<boolean>;
  /** PEM file of additional CA certificates. A relative path resolves against the Pulumi project's root. Default: none. */
  caFile?: Input<string>;
  /** Literal credentials are stored in state, the password as a secret; prefer `docker login`. */
  username?: Input<string>;
  /** Required with `username`. */
  password?: Input<string>;
  /** `artifactType` of formats other than `containerdisk`. Default: the media type of the artifact. */
  mediaType?: Input<string>;
  /** Formats to publish here. Default: all. */
  formats?: Input<Input<FormatName>[]>;
}

/** Where artifacts are published. */
export type Target =
  DirectoryTarget | S3Target | HttpTarget | OciTarget | VsphereTarget | CdiTarget;
