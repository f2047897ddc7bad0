import { refused } from "./refused";

/** A cloud-config as text; without its first line the guest would take it for something else, and say nothing. */
export function requireCloudConfig(option: string, text: string): string {
  if (/^#cloud-config[ \t]*(?:\r?\n|$)/.test(text)) return text;
  throw refused({
    what: `\`${option}\` is no cloud-config.`,
    why: "Its first line is not `#cloud-config`, and the guest would pass over it without a word.",
    next: "Begin it with that line.",
  });
}

export function base64Of(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
