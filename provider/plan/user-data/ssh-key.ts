import { authorizedKeyParts, optionsProblem } from "./ssh-key-options";
import { otherKeyForm } from "./ssh-key-forms";

/** How many fields follow the type in the binary form of a public key. */
const fieldCounts: Readonly<Record<string, number>> = {
  "ssh-ed25519": 1,
  "ssh-rsa": 2,
  "ecdsa-sha2-nistp256": 2,
  "ecdsa-sha2-nistp384": 2,
  "ecdsa-sha2-nistp521": 2,
  "sk-ssh-ed25519@openssh.com": 2,
  "sk-ecdsa-sha2-nistp256@openssh.com": 3,
};

/** Certificates have fields of other kinds too, and are checked by their type only. */
const certificate =
  /^(?:ssh-(?:rsa|ed25519)|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519|sk-ecdsa-sha2-nistp256)-cert-v01@openssh\.com$/;

/** Why a text is no line of sshd's `authorized_keys`, to follow the name of its property; undefined if it is one. */
export function authorizedKeyProblem(line: string): string | undefined {
  const other = otherKeyForm(line);
  if (other !== undefined) return other;
  const parts = authorizedKeyParts(line);
  if (parts === undefined) return notAKey;
  const { options, type, blob } = parts;
  if (!isKeyType(type)) return typeProblem(type);
  return optionsProblem(options) ?? blobProblem(type, blob);
}

const notAKey =
  "is not a public key of OpenSSH: it must be one line such as `ssh-ed25519 AAAA... comment`, the content of a `.pub` file";

/** Whether the line has the form of a certificate, which sshd does not accept in `authorized_keys`. */
export function isCertificate(line: string): boolean {
  return certificate.test(authorizedKeyParts(line)?.type ?? "");
}

function isKeyType(type: string): boolean {
  return Object.hasOwn(fieldCounts, type) || certificate.test(type);
}

function typeProblem(type: string): string {
  return /^ssh-dss/.test(type)
    ? "is a DSA key, which OpenSSH accepts no longer; make another with `ssh-keygen -t ed25519`"
    : notAKey;
}

function blobProblem(type: string, blob: string): string | undefined {
  const bytes = Buffer.from(blob, "base64");
  if (blob === "" || bytes.toString("base64") !== blob) {
    return `is damaged: after \`${type}\` there must be the key in base64, on the same line`;
  }
  const { named, count } = fieldsOf(bytes);
  if (/^[\w@.-]{3,64}$/.test(named) && named !== type) {
    return `says \`${type}\`, and the key in it is of the type \`${named}\`; copy the whole line of the \`.pub\` file again`;
  }
  const isWhole = certificate.test(type) || count === fieldCounts[type];
  return named === type && isWhole
    ? undefined
    : "is damaged: the key in it is cut off or changed; copy the whole line of the `.pub` file again";
}

interface KeyFields {
  /** The first field, which names the type. */
  readonly named: string;
  /** How many follow; -1 if bytes are missing or left over. */
  readonly count: number;
}

/** Each field begins with its length in four bytes (RFC 4253). */
function fieldsOf(bytes: Buffer): KeyFields {
  const ends: number[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    at += 4 + bytes.readUInt32BE(at);
    ends.push(at);
  }
  const named = bytes.subarray(4, ends[0] ?? 4).toString("latin1");
  return { named, count: at === bytes.length ? ends.length - 1 : -1 };
}
