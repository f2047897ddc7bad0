import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";

const repository = join(__dirname, "..", "..");

/** The layers from top to bottom: a file imports from its own layer and from lower layers, never from a higher one. */
const layers = [
  "sdk",
  "provider/cli",
  "provider/resource",
  "provider/hosts",
  "provider/agent",
  "provider/report",
  "provider/formats",
  "provider/records",
  "provider/targets",
  "provider/system",
  "provider/plan",
  "provider/schema",
  "provider/base",
];

/** Folders whose subfolders never import from each other. */
const independent = ["provider/targets", "provider/formats"];

/** Subfolders that every format may use, because they are not formats. */
const sharedSubfolders = ["deflate", "detect", "stream"].map((name) => `provider/formats/${name}`);

/** Layers that are pure data: no file, process, clock or environment. */
const pure = ["provider/plan", "provider/schema"];
const impureModules = /^node:(fs|child_process|os|net|http|https|timers|worker_threads)/;

type Imports = ReadonlyMap<string, readonly string[]>;

function sources(folder: string): string[] {
  return readdirSync(join(repository, folder))
    .map((name) => posix.join(folder, name))
    .flatMap((path) => (statSync(join(repository, path)).isDirectory() ? sources(path) : [path]))
    .filter((path) => path.endsWith(".ts"));
}

/** All module names in a source text: imports (including type-only ones), `require` and `import()`. */
function modulesOf(text: string): string[] {
  const file = ts.createSourceFile("source.ts", text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const parent = node.parent as ts.Node | undefined;
    if (ts.isStringLiteral(node) && parent !== undefined) {
      const isModule =
        ts.isImportDeclaration(parent) ||
        ts.isExportDeclaration(parent) ||
        (ts.isLiteralTypeNode(parent) && ts.isImportTypeNode(parent.parent)) ||
        (ts.isCallExpression(parent) &&
          (parent.expression.kind === ts.SyntaxKind.ImportKeyword ||
            parent.expression.getText(file) === "require"));
      if (isModule) found.push(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return [...new Set(found)];
}

function importsOf(files: readonly string[]): Imports {
  const known = new Set(files);
  return new Map(
    files.map((file) => {
      const modules = modulesOf(readFileSync(join(repository, file), "utf8"));
      const paths = modules
        .filter((name) => name.startsWith("."))
        .map((name) => `${posix.join(posix.dirname(file), name)}.ts`)
        .filter((path) => known.has(path));
      return [file, paths];
    }),
  );
}

const layerOf = (file: string) => layers.findIndex((layer) => file.startsWith(`${layer}/`));

export function upward(imports: Imports): string[] {
  return [...imports].flatMap(([file, paths]) =>
    paths
      .filter((path) => layerOf(path) < layerOf(file))
      .map((path) => `${file} imports ${path}, which lies above it`),
  );
}

function subfolderOf(file: string): string | undefined {
  const parent = independent.find((folder) => file.startsWith(`${folder}/`));
  const name = parent === undefined ? undefined : file.slice(parent.length + 1).split("/")[0];
  return name === undefined || name.endsWith(".ts") ? undefined : `${parent}/${name}`;
}

export function sideways(imports: Imports): string[] {
  return [...imports].flatMap(([file, paths]) => {
    const from = subfolderOf(file);
    if (from === undefined) return [];
    return paths
      .filter((path) => {
        const to = subfolderOf(path);
        return to !== undefined && to !== from && !sharedSubfolders.includes(to);
      })
      .map((path) => `${file} imports ${path} of its sibling`);
  });
}

/** Each circle once, as the list of its files. */
export function circles(imports: Imports): string[] {
  const found: string[] = [];
  const state = new Map<string, "open" | "done">();
  const path: string[] = [];
  const visit = (file: string): void => {
    state.set(file, "open");
    path.push(file);
    for (const next of imports.get(file) ?? []) {
      if (state.get(next) === "open")
        found.push([...path.slice(path.indexOf(next)), next].join(" -> "));
      else if (state.get(next) === undefined) visit(next);
    }
    path.pop();
    state.set(file, "done");
  };
  for (const file of imports.keys()) if (!state.has(file)) visit(file);
  return found;
}

describe("the layout", () => {
  const files = [...sources("sdk"), ...sources("provider")];
  const imports = importsOf(files);

  it("has a layer for every file", () => {
    assert.ok(files.length > 300, `only ${files.length} files were found`);
    assert.deepEqual(
      files.filter((file) => layerOf(file) < 0),
      [],
    );
  });

  it("imports downwards only", () => assert.deepEqual(upward(imports), []));

  it("keeps targets from each other, and formats", () => assert.deepEqual(sideways(imports), []));

  it("has no circle of imports, type-only ones included", () => {
    assert.deepEqual(circles(imports), []);
  });

  it("keeps plan and schema pure", () => {
    const impure = files
      .filter((file) => pure.some((layer) => file.startsWith(`${layer}/`)))
      .flatMap((file) => {
        const text = readFileSync(join(repository, file), "utf8");
        const modules = modulesOf(text).filter((name) => impureModules.test(name));
        const globals = /\bprocess\.(env|cwd|platform)|\bDate\.now\(|\bnew Date\(\)/.exec(text);
        return [...modules, ...(globals === null ? [] : [globals[0]])].map(
          (use) => `${file}: ${use}`,
        );
      });
    assert.deepEqual(impure, []);
  });

  it("finds every kind of import, and each kind of fault", () => {
    const text = `
      import a from "./a";
      import type { B } from "./b";
      export * from "./c";
      export function d() { return require("./d") as typeof import("./e"); }
      export const f = async () => import("./f");
      const other = "./g";`;
    assert.deepEqual(modulesOf(text), ["./a", "./b", "./c", "./d", "./e", "./f"]);
    const wrong: Imports = new Map([
      ["provider/base/a.ts", ["provider/cli/b.ts"]],
      ["provider/cli/b.ts", ["provider/base/a.ts"]],
      ["provider/targets/s3/a.ts", ["provider/targets/oci/a.ts", "provider/targets/find.ts"]],
      ["provider/targets/oci/a.ts", []],
      ["provider/targets/find.ts", ["provider/targets/oci/a.ts"]],
    ]);
    assert.equal(upward(wrong).length, 1);
    assert.equal(sideways(wrong).length, 1);
    assert.equal(circles(wrong).length, 1);
  });
});
