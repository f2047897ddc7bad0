import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const folder = join(__dirname, "..", "..", "test", "faults");

/** The titles of the fault tests as a page. */
export function faultReference(): string {
  const files = readdirSync(folder).filter((name) => name.endsWith(".test.ts"));
  return [
    "# Faults that are tested",
    "Each line is the title of a test that breaks a real part (a guest that panics, a disk that fills up, a process that is " +
      "killed) and checks the consequence. The titles are read from `test/faults`; CI runs all of them.",
    ...files
      .sort()
      .map((name) => sections(join(folder, name)))
      .filter((text) => text !== ""),
  ].join("\n\n");
}

interface Suite {
  readonly title: string;
  readonly tests: readonly string[];
}

function sections(path: string): string {
  const source = ts.createSourceFile(
    path,
    readFileSync(path, "utf8"),
    ts.ScriptTarget.ES2023,
    true,
  );
  return suitesIn(source)
    .filter(({ tests }) => tests.length > 0)
    .map(({ title, tests }) =>
      [`## ${title}`, tests.map((it) => `- ${it}`).join("\n")].join("\n\n"),
    )
    .join("\n\n");
}

function suitesIn(source: ts.SourceFile): Suite[] {
  return source.statements.flatMap((statement) => {
    const call = callOf(statement);
    const title = call === undefined ? undefined : titleOf(call, "describe");
    return call === undefined || title === undefined ? [] : [{ title, tests: testsIn(call) }];
  });
}

function callOf(node: ts.Node): ts.CallExpression | undefined {
  const inner = ts.isExpressionStatement(node) ? node.expression : node;
  return ts.isCallExpression(inner) ? inner : undefined;
}

function testsIn(suite: ts.CallExpression): string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    const title = ts.isCallExpression(node) ? titleOf(node, "it") : undefined;
    if (title !== undefined) titles.push(title);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(suite, visit);
  return titles;
}

/** The title of `describe("...")` or `it("...")`; of one that is put together, with its parts in angle brackets. */
function titleOf(call: ts.CallExpression, name: string): string | undefined {
  const [title] = call.arguments;
  if (!ts.isIdentifier(call.expression) || call.expression.text !== name) return undefined;
  if (title === undefined) return undefined;
  if (ts.isStringLiteralLike(title)) return escaped(title.text);
  if (!ts.isTemplateExpression(title)) return undefined;
  const spans = title.templateSpans.map(
    ({ expression, literal }) => `<${expression.getText()}>${literal.text}`,
  );
  return escaped(title.head.text + spans.join(""));
}

const escaped = (text: string): string => text.replaceAll("<", "\\<").replaceAll("*", "\\*");
