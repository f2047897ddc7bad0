import { normalize } from "node:path/posix";
import type { CdiTargetSpec } from "./cdi";
import type { DirectoryTargetSpec } from "./directory";
import type { HttpTargetSpec } from "./http";
import type { OciTargetSpec } from "./oci";
import type { S3TargetSpec } from "./s3";
import type { TargetSpec } from "./target";
import type { VsphereTargetSpec } from "./vsphere";

/**
 * The identity of a target, without credentials: the value of `Publication.target`. Two spellings of one address have the
 * same identity. Two identities can still be one place, which only the places themselves can tell.
 */
export function targetId(target: TargetSpec): string {
  switch (target.type) {
    case "directory":
      return directoryTargetId(target);
    case "s3":
      return s3TargetId(target);
    case "http":
      return httpTargetId(target);
    case "oci":
      return ociTargetId(target);
    case "vsphere":
      return vsphereTargetId(target);
    case "cdi":
      return cdiTargetId(target);
  }
}

/** The identity that this version gives a target whose identity was stored by an earlier version. */
export function canonicalTargetId(stored: string): string {
  const [scheme, rest] = splitAt(stored, stored.startsWith("directory:") ? ":" : "://");
  switch (scheme) {
    case "directory":
      return directoryTargetId({ path: rest });
    case "s3": {
      const [, place = rest, endpoint] = /^(.*) \((https?:\/\/[^)]*)\)$/.exec(rest) ?? [];
      return endpoint === undefined ? stored : withEndpoint(`s3://${place}`, endpoint);
    }
    case "http":
    case "https":
      return URL.canParse(stored) ? httpTargetId({ url: stored }) : stored;
    case "oci":
      return ociTargetId({ repository: rest });
    case "vsphere": {
      const [server, path] = splitAt(rest, "/");
      return `vsphere://${canonicalHost(server)}/${path}`;
    }
    case "cdi": {
      const [, start = "", kubeconfig] = /^(.*\((?:.* in )?)(.*)\)$/.exec(rest) ?? [];
      return kubeconfig === undefined ? stored : `cdi://${start}${canonicalPath(kubeconfig)})`;
    }
    default:
      return stored;
  }
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** The path as the user wrote it, which is the same on every machine. */
export function directoryTargetId({ path }: Pick<DirectoryTargetSpec, "path">): string {
  return `directory:${canonicalPath(path)}`;
}

/** `./images/`, `images` and `a/../images` are one folder. */
function canonicalPath(path: string): string {
  const folder = normalize(path);
  return folder.length > 1 ? folder.replace(/\/+$/, "") : folder;
}

/** `s3://bucket/prefix`, with the endpoint if it is not one of AWS: `s3://images (https://minio.example.com)`. */
export function s3TargetId({
  bucket,
  prefix,
  endpoint,
}: Pick<S3TargetSpec, "bucket" | "prefix" | "endpoint">): string {
  const place = prefix === "" ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
  return endpoint === undefined ? place : withEndpoint(place, endpoint);
}

/** Endpoints of AWS. A bucket's name is unique among all of them, except in China, which has names of its own. */
const awsHost = /(^|\.)s3[a-z0-9.-]*\.amazonaws\.com$/;

function withEndpoint(place: string, endpoint: string): string {
  const url = canonicalUrl(endpoint);
  return awsHost.test(url.hostname) ? place : `${place} (${withoutSlash(url)})`;
}

/** The address of the folder. */
export function httpTargetId({ url }: Pick<HttpTargetSpec, "url">): string {
  return folderUrl(url);
}

/** The normalized address: lower-case host, no default port, no slash at the end. */
export function folderUrl(url: string): string {
  return withoutSlash(canonicalUrl(url));
}

function withoutSlash(url: URL): string {
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

function canonicalUrl(text: string): URL {
  const url = new URL(text);
  url.hostname = url.hostname.replace(/\.$/, "");
  url.pathname = url.pathname.replace(/%[0-9a-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    // RFC 3986, 6.2.2: only characters without a meaning of their own are the same when they are escaped.
    return /[\w.~-]/.test(character) ? character : escape.toUpperCase();
  });
  return url;
}

/** Names of Docker Hub's registry. */
const dockerHub = /^(index\.|registry-1\.)?docker\.io$/;

/** `oci://registry.example.com/team/images`. */
export function ociTargetId({ repository }: Pick<OciTargetSpec, "repository">): string {
  const [server, name] = splitAt(repository, "/");
  const host = canonicalHost(server);
  return dockerHub.test(host)
    ? `oci://docker.io/${name.replace(/^library\/(?=[^/]+$)/, "")}`
    : `oci://${host}/${name}`;
}

/** A host name in lower case, without a dot at its end, with its port unless that is 443. */
export function canonicalHost(host: string): string {
  if (!URL.canParse(`https://${host}`)) return host;
  const { hostname, port } = new URL(`https://${host}`);
  return hostname.replace(/\.$/, "") + (port === "" ? "" : `:${port}`);
}

/** The part of the spec that identifies the target. */
export type VsphereLocation = Pick<
  VsphereTargetSpec,
  "server" | "datacenter" | "datastore" | "folder" | "library"
>;

/**
 * The inventory path of the datastore (`vsphere://server/DC/datastore/NAME/folder`, where `datastore` is the name of
 * vSphere's own folder), or `vsphere://server/library/NAME`.
 */
export function vsphereTargetId(location: VsphereLocation): string {
  const { server, datacenter = "", datastore, folder = "", library } = location;
  const parts =
    library === undefined
      ? [...segmentsOf(datacenter), "datastore", datastore ?? "", ...segmentsOf(folder)]
      : ["library", library];
  return `vsphere://${canonicalHost(server)}/${parts.map(encodeURIComponent).join("/")}`;
}

export function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

/** The part of the spec that identifies the target. */
export type CdiLocation = Pick<CdiTargetSpec, "namespace" | "context" | "kubeconfig">;

/**
 * `cdi://images`, with the context and kubeconfig if they are given: `cdi://images (edge in clusters.yaml)`. The default
 * namespace of the context is written as a dot.
 */
export function cdiTargetId({ namespace = ".", context, kubeconfig }: CdiLocation): string {
  const path = kubeconfig === undefined ? undefined : canonicalPath(kubeconfig);
  const cluster = [context, path].filter((it) => it !== undefined).join(" in ");
  return `cdi://${namespace}${cluster === "" ? "" : ` (${cluster})`}`;
}
