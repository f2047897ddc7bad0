/** The encodings in which a secret can occur. */
function spellings(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    json,
    // JSON inside JSON, as in events and traces.
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(secret),
    new URLSearchParams({ "": secret }).toString().slice(1),
    // YAML's single quotes; YAML's double quotes are the same as JSON's.
    secret.replaceAll("'", "''"),
    ...[0, 1, 2].flatMap((offset) => insideBase64(secret, offset)),
  ];
}

/** The base64 text of the secret at each of the three offsets. */
function insideBase64(secret: string, offset: number): string[] {
  const encoded = Buffer.from("\0".repeat(offset) + secret).toString("base64");
  const bits = (offset + Buffer.byteLength(secret)) * 8;
  const inside = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6));
  return [inside, inside.replaceAll("+", "-").replaceAll("/", "_")];
}

const withoutSpace = (text: string): string => text.replace(/\s+/g, "");

/** The first encoding that the text contains, if any; lines may be folded anywhere. */
export function findSecret(text: string, secret: string): string | undefined {
  const folded = withoutSpace(text);
  return spellings(secret).find((spelling) => folded.includes(withoutSpace(spelling)));
}

/** Texts that contain the secret, to prove that the search finds it. */
export function plantedSecrets(secret: string): string[] {
  return [
    ...spellings(secret).map((spelling) => `before ${spelling} after`),
    `folded: >\n  ${secret.replaceAll(" ", "\n  ")}\n`,
    Buffer.from(`user:${secret}`).toString("base64"),
  ];
}
