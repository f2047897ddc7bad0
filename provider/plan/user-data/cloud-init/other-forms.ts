/** What cloud-init reads beside a cloud-config, by the beginning of the text. The longest beginning is first. */
const forms: readonly (readonly [beginning: Pick<RegExp, "test">, form: string, next: string])[] = [
  [
    /^#include(?:-once)?\b/i,
    "a list of addresses to download from",
    "copy what they hold into one cloud-config",
  ],
  [
    /^#!/,
    "a script",
    "write its lines under `runcmd`, or the whole under `write_files` and run it by `runcmd`",
  ],
  [/^#cloud-boothook\b/i, "a script for each boot", "write its commands under `bootcmd`"],
  [/^#part-handler\b/i, "Python code", "install it by `write_files` and run it by `runcmd`"],
  [
    /^#cloud-config-archive\b/i,
    "a list of several user-data files",
    "merge them into one cloud-config",
  ],
  [/^#cloud-config-jsonp\b/i, "a JSON patch", "write the result of the patch as a cloud-config"],
  [
    { test: isMailMessage },
    "a MIME message of several files",
    "merge its parts into one cloud-config",
  ],
  // eslint-disable-next-line no-control-regex -- the first bytes of gzip
  [/^\u001f(?:\u008b|\ufffd)/, "compressed with gzip", "unpack it"],
  [/^H4sI[\w+/]/, "gzip in base64", "decode and unpack it"],
];

/** A cloud-config may begin with a key such as `from`, so one header alone is none. */
function isMailMessage(text: string): boolean {
  if (/^From \S+ +[A-Z][a-z]{2} /.test(text)) return true;
  const [head = ""] = text.split(/\r?\n[ \t]*\r?\n/, 1);
  const names = head.split(/\r?\n/).map((line) => /^([\w-]+) ?:/.exec(line)?.[1]?.toLowerCase());
  const headers = names.filter((name) => name !== undefined && mailHeaders.has(name));
  return headers.length > 1 && headers.some((name) => name !== undefined && mimeHeaders.has(name));
}

const mimeHeaders = new Set(["mime-version", "content-type"]);
const mailHeaders = new Set([
  ...mimeHeaders,
  ...["content-disposition", "content-transfer-encoding", "date", "from", "message-id"],
  ...["received", "return-path", "subject", "to"],
]);

/** Why a text is refused that is user-data of another form than a cloud-config; undefined for any other text. */
export function otherFormReason(text: string): string | undefined {
  const start = text.trimStart();
  const found = forms.find(([beginning]) => beginning.test(start));
  if (found !== undefined) {
    const [, form, next] = found;
    return `must be a map of keys and values, but is ${form}; ${next}`;
  }
  if (!isBase64OfText(start)) return undefined;
  return "must be a map of keys and values, but is base64 of a text; decode it";
}

function isBase64OfText(text: string): boolean {
  const folded = text.replace(/\s/g, "");
  if (!/^I[\w+/]{11,}={0,2}$/.test(folded)) return false;
  return Buffer.from(folded, "base64").toString("latin1").startsWith("#");
}
