/** Where servers say which SHA-256 a file has: RFC 9530, RFC 3230, Artifactory, ownCloud. None has to. */
const digestHeaders: readonly (readonly [string, RegExp, BufferEncoding])[] = [
  ["repr-digest", /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/i, "base64"],
  ["digest", /(?:^|,)\s*sha-256=([A-Za-z0-9+/]{43}=)/i, "base64"],
  ["x-checksum-sha256", /^\s*([0-9a-f]{64})\s*$/i, "hex"],
  ["oc-checksum", /\bSHA256:([0-9a-f]{64})\b/i, "hex"],
];

/** The SHA-256 that a server's answer tells of the file, in hexadecimal digits. */
export function toldSha256(header: (name: string) => string | undefined): string | undefined {
  for (const [name, pattern, encoding] of digestHeaders) {
    const found = pattern.exec(header(name) ?? "")?.[1];
    if (found !== undefined) return Buffer.from(found, encoding).toString("hex");
  }
  return undefined;
}

/** What a server that checks uploads compares them with; others take no notice. */
export function digestsOf(sha256: string): Readonly<Record<string, string>> {
  return {
    "repr-digest": `sha-256=:${Buffer.from(sha256, "hex").toString("base64")}:`,
    "x-checksum-sha256": sha256,
  };
}
