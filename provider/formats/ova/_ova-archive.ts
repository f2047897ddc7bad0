import { hash } from "node:crypto";
import { ovaNames } from "../../plan/ovf/document";
import { tarHeader, tarPadding } from "../../base/tar";

/** The VMDK of an OVA. */
export interface OvaDisk {
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/**
 * Everything of an OVA that precedes the disk's bytes: the OVF first, as readers that take an OVA as
 * a stream need it, then the manifest, then the disk's header.
 */
export function ovaHead(ovf: string, { size, sha256 }: OvaDisk): Buffer {
  const document = Buffer.from(ovf, "utf8");
  const manifest = Buffer.from(
    manifestLine(ovaNames.ovf, hash("sha256", document)) + manifestLine(ovaNames.disk, sha256),
    "latin1",
  );
  return Buffer.concat([
    ...entry(ovaNames.ovf, document),
    ...entry(ovaNames.manifest, manifest),
    header(ovaNames.disk, size),
  ]);
}

/** Spaces just so: some product refuses every other form. */
function manifestLine(name: string, sha256: string): string {
  return `SHA256(${name})= ${sha256}\n`;
}

function entry(name: string, content: Buffer): Buffer[] {
  return [header(name, content.length), content, tarPadding(content.length)];
}

function header(name: string, size: number): Buffer {
  return tarHeader({ name, size, mode: 0o644, uid: 0, gid: 0 });
}
