import { formatSize } from "../../base/size";
import type { Publication } from "../../schema/state";
import { placeOf, printJson, printLines } from "../terminal/output";
import type { PublishOptions } from "../options/publish";

/** A file and what it became. */
export interface Published {
  readonly file: string;
  /** What `remove` takes: `<name>-<12 of the file key>`. */
  readonly id: string;
  readonly publications: readonly Publication[];
}

export function presentPublished(published: readonly Published[], options: PublishOptions): void {
  if (options.json === true) {
    printJson({ files: published.map((it) => ({ ...it, remove: removal(it, options) })) });
  } else printLines(published.flatMap((it) => describe(it, options)));
}

function describe(it: Published, options: PublishOptions): string[] {
  return [
    ...it.publications.flatMap((publication) => [
      `${publication.format}  ${placeOf(publication)}`,
      `  uri     ${publication.uri}`,
      `  size    ${formatSize(publication.sizeBytes)} (${publication.sizeBytes} bytes)`,
      ...(publication.sha256 === undefined ? [] : [`  sha256  ${publication.sha256}`]),
    ]),
    `  remove  ${removal(it, options)}`,
    "",
  ];
}

/** The command that gives up the file again, with what it needs to reach the same targets; never a header's text. */
function removal({ id }: Published, options: PublishOptions): string {
  const given = [
    ...(options.to ?? []).flatMap((target) => ["--to", target]),
    ...(options.toHeader ?? []).flatMap((header) => [
      "--to-header",
      header.startsWith("@") ? header : "@FILE",
    ]),
    ...optional("--s3-endpoint", options.s3Endpoint),
    ...optional("--s3-region", options.s3Region),
    ...optional("--s3-profile", options.s3Profile),
    ...(options.s3PathStyle === true ? ["--s3-path-style"] : []),
    ...optional("--oci-tag", options.ociTag),
    ...(options.ociPlainHttp === true ? ["--oci-plain-http"] : []),
    ...optional("--vsphere-thumbprint", options.vsphereThumbprint),
    ...optional("--vsphere-ca-file", options.vsphereCaFile),
    ...optional("--vsphere-credentials-file", options.vsphereCredentialsFile),
    ...optional("--cdi-context", options.cdiContext),
    ...optional("--cdi-kubeconfig", options.cdiKubeconfig),
    ...optional("--cdi-upload-proxy", options.cdiUploadProxy),
    ...optional("--cdi-upload-proxy-ca-file", options.cdiUploadProxyCaFile),
    ...optional("--cdi-storage-class", options.cdiStorageClass),
  ];
  return ["stylus-image", "remove", id, ...given.map(quoted)].join(" ");
}

function optional(option: string, value: string | undefined): string[] {
  return value === undefined ? [] : [option, value];
}

/** For a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
