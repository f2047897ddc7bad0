/** A reference in a text of a template. Packer's two languages write it differently. */
export type Reference =
  | { readonly variable: string }
  /** A file beside the seed. */
  | { readonly folder: true }
  /** A value that Packer inserts when it starts QEMU. */
  | { readonly engine: "OutputDir" | "Name" };

// Characters for private use: no path contains them, and JSON does not escape them.
const begin = "\ue000";
const end = "\ue001";
const marks = new RegExp(`${begin}(\\w+):(\\w*)${end}`, "g");

/** The reference as part of a text, which code that copies the text keeps unchanged. */
export function reference(to: Reference): string {
  if ("variable" in to) return `${begin}variable:${to.variable}${end}`;
  return "folder" in to ? `${begin}folder:${end}` : `${begin}engine:${to.engine}${end}`;
}

/** How a language writes references, and escapes other text so that it is not read as one. */
export interface Dialect {
  readonly variable: (name: string) => string;
  readonly folder: string;
  readonly plain: (text: string) => string;
}

export function render(text: string, dialect: Dialect): string {
  let rendered = "";
  let position = 0;
  for (const match of text.matchAll(marks)) {
    const [whole, kind = "", name = ""] = match;
    rendered += dialect.plain(plainForEngine(text.slice(position, match.index)));
    rendered +=
      kind === "variable"
        ? dialect.variable(name)
        : kind === "folder"
          ? dialect.folder
          : `{{ .${name} }}`;
    position = match.index + whole.length;
  }
  return rendered + dialect.plain(plainForEngine(text.slice(position)));
}

/** Packer evaluates the texts of both languages as Go templates. */
function plainForEngine(text: string): string {
  return text.replaceAll("{{", "{{ `{{` }}");
}
