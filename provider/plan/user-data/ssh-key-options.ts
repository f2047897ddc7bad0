/** The parts of a line of `authorized_keys`. */
interface AuthorizedKeyParts {
  /** Empty if there are none. */
  readonly options: string;
  readonly type: string;
  /** The key in base64. */
  readonly blob: string;
}

const keyType = /^(?:ssh|ecdsa|sk)-[\w@.-]+$/;

/**
 * Text in double quotes, in which sshd reads only `\"` as an escape. The alternatives exclude each other, so that no text
 * makes the search try one part in several ways.
 */
const quoted = String.raw`"(?:\\"|\\(?!")|[^"\\])*"`;
const optionList = new RegExp(String.raw`^(?:${quoted}|[^\s"])+(?=\s)`);
const singleOption = new RegExp(`(?:${quoted}|[^,"])+`, "g");
/** Options that may hold a secret; the others hold addresses and names. */
const commandOption = new RegExp(`(?:command|environment)=${quoted}`, "gi");

/** Divides a line as sshd does: options end at the first blank outside of quotes. Undefined if the line has no type and key. */
export function authorizedKeyParts(line: string): AuthorizedKeyParts | undefined {
  const text = line.trim();
  const plain = typeAndBlob(text);
  if (plain !== undefined) return { options: "", ...plain };
  const [options] = optionList.exec(text) ?? [];
  const rest = options === undefined ? undefined : typeAndBlob(text.slice(options.length).trim());
  return options === undefined || rest === undefined ? undefined : { options, ...rest };
}

function typeAndBlob(text: string): { readonly type: string; readonly blob: string } | undefined {
  const [type = "", blob = ""] = text.split(/[ \t]+/);
  return keyType.test(type) ? { type, blob } : undefined;
}

/** The values of the options that may hold a secret, without their quotes. */
export function commandsIn(options: string): readonly string[] {
  return (options.match(commandOption) ?? []).map((option) =>
    option.slice(option.indexOf('"') + 1, -1),
  );
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
  for (const option of options.match(singleOption) ?? []) {
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
