import GithubSlugger from "github-slugger";
import MarkdownIt from "markdown-it";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path/posix";

const parser = new MarkdownIt({ html: true });
type Token = ReturnType<typeof parser.parse>[number];

/** A Markdown file of the documentation. */
export interface Page {
  /** Relative to the repository: `README.md`, `docs/reference/errors.md`. */
  readonly path: string;
  readonly title: string;
  readonly tokens: readonly Token[];
  /** Anchors of its headings, as GitHub computes them. */
  readonly anchors: readonly string[];
  readonly links: readonly string[];
}

/** Code between fences. */
export interface Fence {
  /** First word after the opening fence: `ts`, `console`. */
  readonly language: string;
  readonly code: string;
  /** Line of the page that the code begins on, counted from 1. */
  readonly line: number;
}

/** Code within a sentence, a heading or a cell of a table. */
export interface CodeSpan {
  readonly code: string;
  readonly line: number;
}

const single = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  "test/contract/README.md",
];

/** The pages at the root of the repository, all of docs/, and the READMEs of the examples and of folders of source. */
export async function readPages(repository: string): Promise<Page[]> {
  const paths = [
    ...single.filter((path) => existsSync(join(repository, path))),
    ...(await filesBelow(repository, "docs")).filter((path) => path.endsWith(".md")),
    // Not recursive: a tried example contains packages, and these links to the repository.
    ...(await readdir(join(repository, "examples")))
      .map((name) => `examples/${name}/README.md`)
      .filter((path) => existsSync(join(repository, path)))
      .sort(),
    ...(await filesBelow(repository, "provider")).filter((path) => path.endsWith("/README.md")),
  ];
  return Promise.all(
    paths.map(async (path) => parsePage(path, await readFile(join(repository, path), "utf8"))),
  );
}

async function filesBelow(repository: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(repository, folder), { recursive: true });
  return entries.map((name) => join(folder, name)).sort();
}

export function parsePage(path: string, text: string): Page {
  const tokens = parser.parse(text, {});
  const slugger = new GithubSlugger();
  const headings = tokens.flatMap((token, index) =>
    token.type === "heading_open" ? [plainText(tokens[index + 1])] : [],
  );
  const inline = tokens.flatMap((token) => token.children ?? []);
  return {
    path,
    title: headings[0] ?? path,
    tokens,
    anchors: headings.map((heading) => slugger.slug(heading)),
    links: inline
      .filter(({ type }) => type === "link_open" || type === "image")
      .map((token) => String(token.attrGet("href") ?? token.attrGet("src") ?? "")),
  };
}

export function fencesOf({ tokens }: Page): Fence[] {
  return tokens
    .filter(({ type }) => type === "fence")
    .map(({ info, content, map }) => ({
      language: info.trim().split(/\s/)[0] ?? "",
      code: content,
      line: (map?.[0] ?? 0) + 2,
    }));
}

export function codeSpansOf({ tokens }: Page): CodeSpan[] {
  let line = 1;
  return tokens.flatMap(({ children, map }) => {
    // A cell has no position of its own, only its row.
    line = map === null ? line : map[0] + 1;
    return (children ?? [])
      .filter(({ type }) => type === "code_inline")
      .map(({ content }) => ({ code: content, line }));
  });
}

function plainText(token: Token | undefined): string {
  const parts = token?.children ?? [];
  return parts.map(({ content }) => content).join("");
}

/** One line for each relative link whose page, anchor or file does not exist. */
export function brokenLinks(pages: readonly Page[], repository: string): string[] {
  return pages.flatMap((page) =>
    page.links
      .filter((link) => !/^[a-z]+:/i.test(link))
      .filter((link) => leadsNowhere(page, link, pages, repository))
      .map((link) => `${page.path}: ${link} leads nowhere.`),
  );
}

function leadsNowhere(
  page: Page,
  link: string,
  pages: readonly Page[],
  repository: string,
): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page.path : normalize(join(dirname(page.path), decodeURI(path)));
  const found = pages.find((candidate) => candidate.path === target);
  if (found === undefined) return !existsSync(join(repository, target));
  return anchor !== undefined && !found.anchors.includes(anchor);
}

/** The page as HTML, with every link replaced by `rewrite`. */
export function renderPage(page: Page, rewrite: (link: string) => string): string {
  const anchors = [...page.anchors];
  for (const token of page.tokens) {
    if (token.type === "heading_open") token.attrSet("id", anchors.shift() ?? "");
    for (const part of token.children ?? []) {
      for (const name of ["href", "src"]) {
        const link = part.attrGet(name);
        if (link !== null) part.attrSet(name, rewrite(String(link)));
      }
    }
  }
  return parser.renderer.render([...page.tokens], parser.options, {});
}
