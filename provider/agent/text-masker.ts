/** Characters by which a spelling is looked up; no secret is shorter. */
const prefixLength = 4;

/** A text to mask. A `word` of one kind of character counts only where it is not part of a longer one. */
interface Spelling {
  readonly text: string;
  readonly word: RegExp | undefined;
}

/** A function that replaces the secrets, in their usual spellings, by the mask. Overlapping ones give one mask. */
export function textMasker(secrets: readonly string[], mask: string): (text: string) => string {
  const spellings = indexOf(secrets);
  if (spellings.size === 0) return (text) => text;
  return (text) => {
    let masked = "";
    let kept = 0;
    /** End of the secret that is being masked. */
    let end = 0;
    for (let at = 0; at + prefixLength <= text.length; at++) {
      const candidates = spellings.get(text.slice(at, at + prefixLength));
      const found = candidates?.find((spelling) => isAt(text, at, spelling));
      if (found === undefined) continue;
      if (at >= end) masked += text.slice(kept, at) + mask;
      end = Math.max(end, at + found.text.length);
      kept = end;
    }
    return masked + text.slice(kept);
  };
}

function isAt(text: string, at: number, { text: secret, word }: Spelling): boolean {
  if (!text.startsWith(secret, at)) return false;
  if (word === undefined) return true;
  return !word.test(text[at - 1] ?? "") && !word.test(text[at + secret.length] ?? "");
}

/** The spellings by their first characters, the longest first. */
function indexOf(secrets: readonly string[]): ReadonlyMap<string, readonly Spelling[]> {
  const spellings = new Map<string, Spelling>();
  for (const secret of new Set(secrets)) {
    for (const text of spellingsOf(secret)) {
      if (text.length >= prefixLength) spellings.set(text, { text, word: wordOf(text) });
    }
  }
  const index = new Map<string, Spelling[]>();
  for (const spelling of [...spellings.values()].sort((a, b) => b.text.length - a.text.length)) {
    const prefix = spelling.text.slice(0, prefixLength);
    const others = index.get(prefix);
    if (others === undefined) index.set(prefix, [spelling]);
    else others.push(spelling);
  }
  return index;
}

/** Characters that must not adjoin a secret that could occur by chance within a longer word or number. */
function wordOf(text: string): RegExp | undefined {
  if (/^\d{1,9}$/.test(text)) return /\d/;
  return /^[a-z]{1,9}$/.test(text) ? /[A-Za-z]/ : undefined;
}

/** How a console, a log, a URL, JSON, YAML or a shell may write the secret. */
function spellingsOf(secret: string): string[] {
  const forms = [...new Set([secret, secret.normalize("NFC"), secret.normalize("NFD")])];
  return forms.flatMap((text) => {
    if (/^\d+$/.test(text) && text.length < 6) return [text];
    const json = JSON.stringify(text).slice(1, -1);
    const url = encodeURIComponent(text);
    return [
      text,
      json,
      JSON.stringify(json).slice(1, -1),
      // As writers of JSON that know ASCII only.
      json.replace(/[^ -~]/g, (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, "0")}`),
      url,
      url.replace(/%[\dA-F]{2}/g, (code) => code.toLowerCase()),
      new URLSearchParams({ "": text }).toString().slice(1),
      // YAML's single quotes; its double ones are JSON's.
      text.replaceAll("'", "''"),
      // A shell's quotes, and its backslashes (`printf %q`).
      text.replaceAll("'", "'\\''"),
      text.replace(/[^\w@%+=:,./\-\u0080-\uffff]/g, "\\$&"),
      ...base64Of(text),
    ];
  });
}

/**
 * The secret in base64, and the characters that the secret alone decides for each of its three possible alignments: an
 * encoded text such as `user:password` of a basic authorization contains one of them.
 */
function base64Of(text: string): string[] {
  const inside = [0, 1, 2].map((offset) => {
    const encoded = Buffer.from("\0".repeat(offset) + text).toString("base64");
    const bits = (offset + Buffer.byteLength(text)) * 8;
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6));
  });
  return [Buffer.from(text).toString("base64"), ...inside].flatMap((encoded) => [
    encoded,
    encoded.replaceAll("+", "-").replaceAll("/", "_"),
  ]);
}
