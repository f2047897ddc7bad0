const prefix = "sha512 ";

/**
 * The validator of an installer whose checksum file has only its SHA-512. Keys are made from the SHA-256, which is known
 * after the download, as with a validator of the server.
 */
export function sha512Validator(sha512: string): string {
  return `${prefix}${sha512}`;
}

/** The SHA-512 in a validator; undefined for one of a server. */
export function sha512In(validator: string): string | undefined {
  return validator.startsWith(prefix) ? validator.slice(prefix.length) : undefined;
}
