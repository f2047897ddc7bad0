/** A line of a checksum file. */
export interface ChecksumEntry {
  /** `SHA-256`, `SHA-512`, or another name, which is of no use here. */
  readonly algorithm: string;
  /** Lower case. */
  readonly hash: string;
  /** As it is written, without quotes and escapes; undefined for a hash alone. */
  readonly name: string | undefined;
}

/** Algorithms by the number of hexadecimal digits, where the line names none. */
const algorithmsByLength: Readonly<Record<number, string>> = {
  32: "MD5",
  40: "SHA-1",
  56: "SHA-224",
  64: "SHA-256",
  96: "SHA-384",
  128: "SHA-512",
};

/** `SHA256 (name) = HASH`, as BSD and `sha256sum --tag` write it; openssl leaves out spaces and writes `SHA2-256`. */
const bsdLine = /^([A-Z][\w/-]*) ?\((.+)\) ?= ?([0-9a-f]{32,128})$/i;
/** `HASH  name` and `HASH *name` of `sha256sum`, or a hash alone. A backslash says that the name is escaped. */
const gnuLine = /^(\\?)([0-9a-f]{32,128})(?:[ \t]+\*?(\S.*))?$/i;
/** The table of PowerShell's `Get-FileHash`. */
const powerShellLine = /^(SHA256|SHA512|SHA1|MD5)\s+([0-9a-f]{32,128})\s+(\S.*)$/i;

/** The entries of a checksum file in the form of sha256sum, of BSD or of PowerShell, with or without a signature of OpenPGP. */
export function parseChecksums(text: string): readonly ChecksumEntry[] {
  return withoutSignature(text)
    .split("\n")
    .flatMap((line) => entryOf(line.trim()));
}

function withoutSignature(text: string): string {
  const isSigned = text.trimStart().startsWith("-----BEGIN PGP SIGNED MESSAGE-----");
  const [content = ""] = text.split("-----BEGIN PGP SIGNATURE-----");
  // A line that begins with a dash is escaped by another one.
  return isSigned ? content.replace(/^- /gm, "") : content;
}

function entryOf(line: string): ChecksumEntry[] {
  const [, tag = "", tagged, taggedHash = ""] = bsdLine.exec(line) ?? [];
  if (tagged !== undefined) {
    return [{ algorithm: algorithmOf(tag), hash: taggedHash.toLowerCase(), name: tagged }];
  }
  const [, listed = "", listedHash = "", path] = powerShellLine.exec(line) ?? [];
  if (path !== undefined) {
    const name = path.replaceAll("\\", "/");
    return [{ algorithm: algorithmOf(listed), hash: listedHash.toLowerCase(), name }];
  }
  const [, escape, hash, name] = gnuLine.exec(line) ?? [];
  const algorithm = algorithmsByLength[hash?.length ?? 0];
  if (hash === undefined || algorithm === undefined) return [];
  return [{ algorithm, hash: hash.toLowerCase(), name: escape === "" ? name : unescaped(name) }];
}

/** `SHA256`, `SHA2-256` and `SHA-256` are one algorithm. */
function algorithmOf(tag: string): string {
  const [, length] = /^SHA(?:2?-)?(1|224|256|384|512)$/i.exec(tag) ?? [];
  return length === undefined ? tag.toUpperCase() : `SHA-${length}`;
}

function unescaped(name: string | undefined): string | undefined {
  return name?.replace(/\\([\\nr])/g, (_whole, character: string) =>
    character === "n" ? "\n" : character === "r" ? "\r" : "\\",
  );
}
