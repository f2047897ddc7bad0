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
      [`## ${escaped(title)}`, tests.map((it) => `- ${escaped(it)}`).join("\n")].join("\n\n"),
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
    if (ts.isCallExpression(node)) titles.push(...titlesOf(node, suite));
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(suite, visit);
  return titles;
}

/** The title of `it("...")`; those of a template, and of `testFailures`, for each row of their table. */
function titlesOf(call: ts.CallExpression, suite: ts.CallExpression): string[] {
  if (call.expression.getText() === "testFailures") {
    return rowsOf(call, ["code", "when"]).map(({ code, when }) => `is ${code} when it ${when}`);
  }
  const [title] = call.arguments;
  if (!isCallOf(call, "it") || title === undefined || !ts.isTemplateExpression(title)) {
    return [titleOf(call, "it")].filter((text) => text !== undefined);
  }
  const names = title.templateSpans.map(({ expression }) => expression.getText());
  return rowsOf(suite, names).map((row) =>
    title.templateSpans.reduce(
      (text, { expression, literal }) => text + (row[expression.getText()] ?? "") + literal.text,
      title.head.text,
    ),
  );
}

/** The texts of these properties, of each object in `node` that has them all. */
function rowsOf(node: ts.Node, names: readonly string[]): Record<string, string>[] {
  const rows: Record<string, string>[] = [];
  const visit = (child: ts.Node): void => {
    if (ts.isObjectLiteralExpression(child)) {
      const texts = Object.fromEntries(child.properties.flatMap(textProperty));
      if (names.every((name) => name in texts)) rows.push(texts);
    }
    ts.forEachChild(child, visit);
  };
  visit(node);
  return rows;
}

function textProperty(property: ts.ObjectLiteralElementLike): [string, string][] {
  return ts.isPropertyAssignment(property) && ts.isStringLiteralLike(property.initializer)
    ? [[property.name.getText(), property.initializer.text]]
    : [];
}

function titleOf(call: ts.CallExpression, name: string): string | undefined {
  const [title] = call.arguments;
  return isCallOf(call, name) && title !== undefined && ts.isStringLiteralLike(title)
    ? title.text
    : undefined;
}

const isCallOf = (call: ts.CallExpression, name: string): boolean =>
  ts.isIdentifier(call.expression) && call.expression.text === name;

const escaped = (text: string): string => text.replaceAll("<", "\\<").replaceAll("*", "\\*");
