import type { Json } from "../../base/json";
import { commonWords } from "./common-words";
import { withoutHarmlessForms } from "./harmless-forms";
import { isCryptHash } from "./password-hash";
import { looksGenerated } from "./public-values";

/** Shorter texts occur by chance in a console's output. */
const shortestSecret = 6;
/** A number with fewer digits occurs by chance, even where it is a PIN. */
const shortestPin = 4;
/** How deep base64 in base64 is decoded. */
const deepest = 3;
/** How deep words in words, such as `a=b:c`, are divided. */
const mostDivisions = 12;

const secretKey =
  /token|passw|passphrase|secret|credential|hash$|(?:^|[_-])(?:psk|pin|pw|pwd|auth|key)$|chpasswd|login|[a-z]Key$/i;
const publicKey = /public|authorized/i;
/** Keys of switches and rules about passwords, which hold none. The names are whole: `no` begins `node_password` too. */
const passwordSwitch =
  /^(?:no|lock|disable)[_-]?(?:(?:plain_?text|user|empty|root|ssh|sudo)[_-]?)?passw(?:or)?ds?(?:[_-]?(?:auth(?:entication)?|login|prompt|required|update|change|expir\w*))?$|^permit(?:_?root_?login|_?empty_?passwords)$|passw(?:or)?ds?[_-]?(?:auth(?:entication)?|polic(?:y|ies)|update|expir\w*|aging|age|quality|length)$|^(?:ssh_?)?pw_?auth$/i;

/** Whether a key or the name of a variable announces a secret value. */
export function isSecretKey(key: string): boolean {
  return secretKey.test(key) && !publicKey.test(key) && !passwordSwitch.test(key);
}

/** Whether the next word of a command, or the next item of a list, is a secret: `--token X`, `-u X`, `Bearer X`. */
export function announcesSecret(word: Json | undefined): boolean {
  if (typeof word !== "string") return false;
  const [, option] = /^--?([\w-]+)$/.exec(word) ?? [];
  if (option !== undefined) return /^[uUpPwk]$|user|header/.test(option) || isSecretKey(option);
  if (/^(?:bearer|basic)$/i.test(word)) return true;
  return /[:=]$/.test(word) && isSecretKey(word.replace(/[^\w-]/g, ""));
}

/**
 * The parts of a text that must not be shown: the text, its lines and its words, without those that say nothing alone, such
 * as common words, options and paths. `isSecret`: the whole text is a secret.
 */
export function secretsInText(text: string, isSecret: boolean, depth = 0): string[] {
  const lines = text.split(/\r?\n|\r/);
  const inLines = lines.flatMap((line) => inLine(line.trim(), isSecret));
  const found = new Set([...inLines, ...embedded(text, isSecret, depth)]);
  if (lines.length > 1 && found.size > 0) found.add(text).add(text.trim());
  return [...found];
}

function inLine(line: string, isSecret: boolean, divisions = 0): string[] {
  const rest = isSecret ? line : withoutHarmlessForms(line);
  if (rest !== line) {
    const inRest = rest === "" ? [] : inLine(rest, isSecret, divisions);
    return inRest.length === 0 ? [] : [line, ...inRest];
  }
  if (isCryptHash(line)) return [line];
  const words = line.split(/\s+/);
  const found = words.flatMap((word, index) =>
    inWord(word, isSecret || (index > 0 && announcesSecret(words[index - 1]))),
  );
  // `password: several words`, and quoted text with spaces.
  const [, key, value] =
    /^[\s"'-]*([a-z_][\w.-]*)["']?\s*[:=]\s*["']?(.+?)["']?$/is.exec(line) ?? [];
  if (divisions >= mostDivisions) return isSecret || found.length > 0 ? [line, ...found] : found;
  if (key !== undefined && value !== undefined && isSecretKey(key)) {
    found.push(...inLine(value, true, divisions + 1));
  }
  for (const [, single, double] of line.matchAll(/'([^']*)'|"([^"]*)"/g)) {
    const quoted = single ?? double ?? "";
    if (/\s/.test(quoted) && quoted !== line) {
      found.push(...inLine(quoted, isSecret, divisions + 1));
    }
  }
  const isWhole = found.length > 0 || (isSecret && !isHarmless(line, true));
  return isWhole && line.length >= shortestSecret ? [line, ...found] : found;
}

function inWord(word: string, isSecret: boolean, divisions = 0): string[] {
  const text = word.replace(/^["'`(<[{,;|&]+|(?<!["'`)>\]},;|&])["'`)>\]},;|&]+$/g, "");
  if (divisions >= mostDivisions) return isShort(text, isSecret) ? [] : [text];
  const url = /^([a-z][a-z\d+.-]*:\/\/)(\S+)$/i.exec(text);
  if (url !== null) return inAddress(url[2] ?? "");
  const [, name, value] = /^-{0,2}([a-z_][\w.-]*)[=:](?!=*$)(.+)$/is.exec(text) ?? [];
  if (name !== undefined && value !== undefined && !looksGenerated(name)) {
    return inAssignment(text, value, isSecret || isSecretKey(name), divisions);
  }
  // `-pSECRET`, as the clients of databases take it.
  const [, joined] = /^-[a-z]([^\s-]\S{5,})$/i.exec(text) ?? [];
  const found = joined === undefined ? [] : inWord(joined, true, divisions + 1);
  if (text.slice(0, text.lastIndexOf("@") + 1).includes(":")) found.push(...inAddress(text));
  if (isShort(text, isSecret) || isHarmless(text, isSecret)) return found;
  const parts = text.split(/[=:,;|&?@"'<>(){}[\]`$]+/).filter((part) => part !== text);
  return [
    text,
    ...found,
    ...parts.filter((part) => !isShort(part, false) && !isHarmless(part, false)),
  ];
}

/** `NAME=value`, `name:value`: the value, and all of it, because the value may be too short to be found alone. */
function inAssignment(text: string, value: string, isSecret: boolean, divisions: number): string[] {
  const found = inWord(value, isSecret, divisions + 1);
  const isWhole = found.length > 0 || !isHarmless(value, isSecret);
  return isWhole && text.length >= shortestSecret ? [text, ...found] : found;
}

/** The secrets of an address after its scheme: user and password, values of the query, generated parts of the path. */
function inAddress(rest: string): string[] {
  const [, login = "", place = ""] = /^(?:([^/?#]*)@)?(.*)$/s.exec(rest) ?? [];
  const [path = "", query = ""] = place.split(/[?#](.*)/s);
  const values = query.split(/[&;#]/).flatMap((pair) => [pair, pair.slice(pair.indexOf("=") + 1)]);
  const secrets = [login, ...login.split(/:(.*)/s), query, ...values];
  return [
    ...secrets.flatMap((it) => [it, decoded(it)]),
    ...path.split("/").filter(looksGenerated),
  ].filter((it) => !isShort(it, false) && !isCommon(it));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/** Secrets in data that the text contains: JSON, or base64 of another text. */
function embedded(text: string, isSecret: boolean, depth: number): string[] {
  if (depth >= deepest) return [];
  const inJson = /^\s*[{[]/.test(text) ? leavesOf(text) : [];
  const inBase64 = (text.match(/[\w+/-]{12,}={0,2}/g) ?? []).flatMap((word) => fromBase64(word));
  // A key file or a certificate is folded.
  const folded = text.replace(/\s+/g, "");
  const whole = folded !== text && /^[\w+/-]{24,}={0,2}$/.test(folded) ? fromBase64(folded) : [];
  return [
    ...inJson.flatMap(([value, isKnown]) => secretsInText(value, isSecret || isKnown, depth + 1)),
    ...[...inBase64, ...whole].flatMap((value) => secretsInText(value, isSecret, depth + 1)),
  ];
}

function leavesOf(text: string): [value: string, isSecret: boolean][] {
  const leaves: [string, boolean][] = [];
  try {
    JSON.parse(text, (key, value: unknown) => {
      if (typeof value === "string" || typeof value === "number") {
        leaves.push([String(value), isSecretKey(key) || key === "auth"]);
      }
      return value;
    });
  } catch {
    // It only looks like JSON.
  }
  return leaves;
}

/** The printable text that the word encodes, if it is base64. */
function fromBase64(word: string): string[] {
  const bytes = Buffer.from(word, "base64");
  const text = bytes.toString("utf8");
  // eslint-disable-next-line no-control-regex -- text without control characters is printable
  return text.length >= 4 && !/[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text) ? [text] : [];
}

function isShort(text: string, isSecret: boolean): boolean {
  return text.length < (isSecret && /^\d+$/.test(text) ? shortestPin : shortestSecret);
}

/** Whether the word says nothing alone. A secret is harmless only if it is a common word. */
function isHarmless(word: string, isSecret: boolean): boolean {
  if (isCommon(word) || /^\$\{?\w+\}?$/.test(word)) return true;
  if (/^[.~]?(?:\/[\w.@%+:,*-]*)+$/.test(word)) return !word.split("/").some(looksGenerated);
  if (isSecret) return false;
  return (
    /^--?[a-z][a-z-]*$/i.test(word) ||
    /^\d{1,5}$/.test(word) ||
    // Versions, addresses, networks, dates.
    /^v?\d{1,4}(?:[.:-]\d{1,4}){1,3}(?:[-+.][a-z][a-z\d]{0,5})?(?:[:/]\d{1,5})?$/i.test(word) ||
    isHostName(word) ||
    word
      // The command of sed.
      .replace(/^s(?=[/|#])/, "")
      .split(/[-_.:/@+,=!*#%()^]+|(?<=[a-z])(?=[A-Z])/)
      .every((part) => part === "" || isCommon(part) || /^\d{1,3}$/.test(part))
  );
}

/** A host with a usual domain, and what may follow it: a port, a path, the tag of a container image. */
function isHostName(word: string): boolean {
  return (
    /^(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)+(?:com|org|net|io|dev|app|cloud|local|localdomain|internal|lan|home|svc|arpa|example|test|invalid|gov|edu|eu|de|uk|fr)(?::\d{1,5})?(?:\/[\w.:@/-]*)?$/.test(
      word,
    ) && !word.split(/[./:@]/).some(looksGenerated)
  );
}

function isCommon(word: string): boolean {
  const plain = word.toLowerCase().replace(/(?<![.,;:!?])[.,;:!?]+$/, "");
  return (
    commonWords.has(plain) ||
    commonWords.has(plain.replace(/(?:e?s|e?d|ing)$/, "")) ||
    commonWords.has(plain.replace(/(?:ed|ing)$/, "e"))
  );
}
