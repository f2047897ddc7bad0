import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, normalize, relative } from "node:path/posix";
import { renderPage, type Page } from "./pages";

/** Writes the pages as static HTML that needs no server and loads nothing from other hosts. */
export async function writeSite(
  pages: readonly Page[],
  repository: string,
  folder: string,
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const page of pages) {
    const file = join(folder, addressOf(page.path));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, document(page, pages));
    for (const path of filesOf(page, pages)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await copyFile(join(repository, path), join(folder, path));
    }
  }
}

/** `docs/reference/errors.md` becomes `docs/reference/errors.html`, a README `index.html`. */
function addressOf(path: string): string {
  return path.replace(/README\.md$/, "index.html").replace(/\.md$/, ".html");
}

const target = (page: Page, link: string): string =>
  normalize(join(dirname(page.path), decodeURI(link.replace(/#.*/, ""))));

/** Pictures and programs that a page links to. */
function filesOf(page: Page, pages: readonly Page[]): string[] {
  return page.links
    .filter((link) => !/^(?:[a-z]+:|#)/i.test(link))
    .map((link) => target(page, link))
    .filter((path) => /\.\w+$/.test(path) && !pages.some((other) => other.path === path));
}

function document(page: Page, pages: readonly Page[]): string {
  const rewrite = (link: string): string =>
    /^[a-z]+:/i.test(link)
      ? link
      : link.replace(/(?:README)?\.md(?=#|$)/, (name) => (name === ".md" ? ".html" : "index.html"));
  const links = pages.map(({ path, title }) => {
    const here = relative(dirname(addressOf(page.path)), addressOf(path));
    const current = path === page.path ? ' aria-current="page"' : "";
    return `<li><a href="${escaped(here)}"${current}>${escaped(title)}</a></li>`;
  });
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(page.title)} - pulumi-stylus-image</title><style>${style}</style></head><body>`,
    `<nav aria-label="Pages"><ul>${links.join("")}</ul></nav>`,
    `<main>${renderPage(page, rewrite)}</main></body></html>`,
    "",
  ].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

const style = `
:root { color-scheme: light dark; --line: light-dark(#d0d4da, #3a404a); --code: light-dark(#f2f4f7, #1d2127); }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; display: grid; grid-template-columns: 15rem 1fr; }
nav { border-right: 1px solid var(--line); padding: 1rem; font-size: .92rem; }
nav ul { list-style: none; margin: 0; padding: 0; position: sticky; top: 1rem; }
nav li { margin: .3rem 0; } nav a { text-decoration: none; } nav a[aria-current] { font-weight: 600; }
main { padding: 1rem 2rem 4rem; max-width: 60rem; min-width: 0; }
a { color: light-dark(#0b57d0, #8ab4f8); }
pre, code { background: var(--code); border-radius: 4px; font-size: .88em; }
code { padding: .1em .3em; } pre { padding: .8rem 1rem; overflow: auto; } pre code { padding: 0; }
table { border-collapse: collapse; display: block; overflow-x: auto; font-size: .92em; }
th, td { border: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top; }
img { max-width: 100%; }
@media (max-width: 50rem) { body { display: block; } nav { border: 0; border-bottom: 1px solid var(--line); } nav ul { position: static; columns: 2; } main { padding: 1rem; } }
`;
