/** Texts of a template that hold references, which its two languages write in different ways. */
export type Reference =
  | { readonly variable: string }
  /** A file beside the seed. */
  | { readonly folder: true }
  /** What Packer fills in when it starts QEMU. */
  | { readonly engine: "OutputDir" | "Name" };

// Of Unicode's private use: no path has them, and JSON leaves them as they are.
const begin = "\ue000";
const end = "\ue001";
const marks = new RegExp(`${begin}(\\w+):(\\w*)${end}`, "g");

/** The reference as a part of a text, which passes through everything that only copies it. */
export function reference(to: Reference): string {
  if ("variable" in to) return `${begin}variable:${to.variable}${end}`;
  return "folder" in to ? `${begin}folder:${end}` : `${begin}engine:${to.engine}${end}`;
}

/** How a language writes its references and keeps everything else from being taken for one. */
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

/** Packer's engine reads both languages' texts as Go templates. */
function plainForEngine(text: string): string {
  return text.replaceAll("{{", "{{ `{{` }}");
}
