/**
 * The key of a document that stands for the first line of a template. As a key, no text has it, because YAML takes the line
 * for a comment.
 */
export const templateHeader = "## template";

/** Whether a text has an expression or a statement of a template, so that its content is known only inside the machine. */
export function hasExpression(text: string): boolean {
  return /\{[{%]/.test(text);
}

/** Whether a text is a template, which cloud-init expands before it reads it as YAML. */
export function isTemplate(userData: string | object): userData is string {
  return typeof userData === "string" && /^\s*## template: *jinja\b/i.test(userData);
}
