/** The parts of a line of `authorized_keys`. */
interface AuthorizedKeyParts {
  /** Empty if there are none. */
  readonly options: string;
  readonly type: string;
  /** The key in base64. */
  readonly blob: string;
}

const keyType = /^(?:ssh|ecdsa|sk)-[\w@.-]+$/;

/** Divides a line as sshd does: options end at the first blank outside of quotes. Undefined if the line has no type and key. */
export function authorizedKeyParts(line: string): AuthorizedKeyParts | undefined {
  const text = line.trim();
  const plain = typeAndBlob(text);
  if (plain !== undefined) return { options: "", ...plain };
  const [options] = /^(?:"(?:\\"|[^"])*"|[^\s"])+(?=\s)/.exec(text) ?? [];
  const rest = options === undefined ? undefined : typeAndBlob(text.slice(options.length).trim());
  return options === undefined || rest === undefined ? undefined : { options, ...rest };
}

function typeAndBlob(text: string): { readonly type: string; readonly blob: string } | undefined {
  const [type = "", blob = ""] = text.split(/[ \t]+/);
  return keyType.test(type) ? { type, blob } : undefined;
}

/** Options of sshd(8), and whether each takes a value. */
const flags = new Set([
  ...["agent-forwarding", "cert-authority", "no-agent-forwarding", "no-port-forwarding", "no-pty"],
  ...["no-touch-required", "no-user-rc", "no-x11-forwarding", "port-forwarding", "pty"],
  ...["restrict", "user-rc", "verify-required", "x11-forwarding"],
]);
const valued = new Set([
  ...["command", "environment", "expiry-time", "from", "permitlisten", "permitopen", "principals"],
  "tunnel",
]);

/** Why sshd would ignore a line with these options; undefined if it accepts them. */
export function optionsProblem(options: string): string | undefined {
  if (options === "") return undefined;
  for (const option of options.match(/(?:"(?:\\"|[^"])*"|[^,"])+/g) ?? []) {
    const [, name = "", value] = /^([^=]+)(?:=(.*))?$/s.exec(option) ?? [];
    const known = name.toLowerCase();
    if (flags.has(known) && value === undefined) continue;
    const isQuoted = /^".*"$/s.test(value ?? "");
    if (valued.has(known) && isQuoted) continue;
    if (valued.has(known)) return `has the option \`${known}\` without a value in double quotes`;
    return flags.has(known)
      ? `has the option \`${known}\` with a value, and it takes none`
      : "begins with a word that is no option of `authorized_keys`, so sshd would ignore the line; a line of `known_hosts` begins with a host: leave that out";
  }
  return undefined;
}
