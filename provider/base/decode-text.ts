import { isUtf8 } from "node:buffer";
import { plainText, textProblem } from "./text";

/** The text of a file, or why its bytes are no text that can be used, to follow the name of the file. */
export type DecodedText = { readonly text: string } | { readonly problem: string };

/**
 * Decodes what a user hands in as a text: UTF-8, with or without a byte order mark, with the line ends of any system.
 * `file` is the name in the suggested command.
 */
export function decodeText(bytes: Uint8Array, file: string): DecodedText {
  const other = otherEncoding(bytes);
  if (other !== undefined) {
    const { what, encoding } = other;
    return { problem: `is ${what}, not UTF-8; convert it: ${convertCommand(encoding, file)}` };
  }
  if (isDer(bytes)) {
    return {
      problem: `is DER, the binary form of certificates and keys; convert a certificate: \`openssl x509 -inform DER -in ${quoted(file)} -out NEW-FILE\``,
    };
  }
  const packed = packedAs(bytes);
  if (packed !== undefined) return { problem: `is ${packed}, not text; give its content` };
  if (!isUtf8(bytes)) {
    return {
      problem: `is not UTF-8 text: line ${firstDamagedLine(bytes)} holds other bytes; save it as UTF-8, or if it is text of Windows, convert it: ${convertCommand("WINDOWS-1252", file)}`,
    };
  }
  const text = plainText(Buffer.from(bytes).toString("utf8"));
  const problem = textProblem(text);
  return problem === undefined ? { text } : { problem };
}

interface Encoding {
  /** With its article. */
  readonly what: string;
  /** The name that iconv knows. */
  readonly encoding: string;
}

function otherEncoding(bytes: Uint8Array): Encoding | undefined {
  const start = Buffer.from(bytes.subarray(0, 4)).toString("hex");
  if (start === "fffe0000" || start === "0000feff") return { what: "UTF-32", encoding: "UTF-32" };
  if (start.startsWith("fffe") || start.startsWith("feff")) {
    return { what: "UTF-16, as Windows PowerShell and Notepad write it", encoding: "UTF-16" };
  }
  return utf16WithoutMark(bytes);
}

/** In UTF-16 text of a Latin script every second byte is zero, the first one or the second one of each character. */
function utf16WithoutMark(bytes: Uint8Array): Encoding | undefined {
  const zeros = [0, 0];
  bytes.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros;
  if (even + odd < bytes.length / 4 || (even > 0 && odd > 0)) return undefined;
  if (even + odd === 0) return undefined;
  return odd > 0
    ? { what: "UTF-16 without a byte order mark", encoding: "UTF-16LE" }
    : { what: "UTF-16 without a byte order mark", encoding: "UTF-16BE" };
}

/** A sequence with two bytes of length, as certificates and keys begin. */
function isDer(bytes: Uint8Array): boolean {
  return bytes[0] === 0x30 && bytes[1] === 0x82;
}

function packedAs(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return "compressed by gzip";
  const isZip = Buffer.from(bytes.subarray(0, 4)).toString("latin1") === "PK\u0003\u0004";
  return isZip ? "a zip archive or a document of a word processor" : undefined;
}

function firstDamagedLine(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    const rest = bytes.subarray(start, end === -1 ? bytes.length : end);
    if (!isUtf8(rest) || end === -1) return line;
    start = end + 1;
  }
  return line;
}

function convertCommand(encoding: string, file: string): string {
  const from = `iconv -f ${encoding} -t UTF-8`;
  return file === "-" ? `\`${from}\`` : `\`${from} ${quoted(file)} > NEW-FILE\``;
}

function quoted(file: string): string {
  return /^[\w@%+=:,./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`;
}
