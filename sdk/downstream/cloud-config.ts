import { inputError } from "./input-error";

/** Returns the text if its first line is `#cloud-config`. Without it, the guest ignores the text silently. */
export function requireCloudConfig(option: string, text: string): string {
  if (/^#cloud-config[ \t]*(?:\r?\n|$)/.test(text)) return text;
  throw inputError({
    what: `\`${option}\` is not a cloud-config.`,
    why: "Its first line is not `#cloud-config`, and the guest would ignore it silently.",
    next: "Add this first line.",
  });
}

export function base64Of(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
