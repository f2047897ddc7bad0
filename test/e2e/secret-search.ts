/** The spellings in which a secret could stand somewhere. */
function spellings(secret: string): string[] {
  return [
    secret,
    Buffer.from(secret).toString("base64").replace(/=+$/, ""),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    secret.replaceAll("'", "''"),
  ];
}

/** The spelling found, if any. */
export function findSecret(text: string, secret: string): string | undefined {
  return spellings(secret).find((spelling) => text.includes(spelling));
}

/** Texts that hold the secret, to show that the search would find it. */
export function plantedSecrets(secret: string): string[] {
  return spellings(secret).map((spelling) => `before ${spelling} after`);
}
