import { join } from "node:path";
import ts from "typescript";
import { table } from "./markdown";

const repository = join(__dirname, "..", "..");

/** The exports of the package with their documentation comments, as a page. */
export function programReference(): string {
  const entry = join(repository, "sdk", "index.ts");
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    skipLibCheck: true,
    types: [],
  };
  const program = ts.createProgram([entry], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${entry} exports nothing.`);
  const symbols = checker
    .getExportsOfModule(module)
    .map((symbol) =>
      symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
    );
  const writer: Writer = { checker, known: new Set(symbols.map(({ name }) => name)) };
  const kinds = Map.groupBy(symbols, kindOf);
  return [
    "# Program",
    "Everything that `pulumi-stylus-image` exports. Every argument takes a value or an output (`pulumi.Input`). For an " +
      "overview, see [StylusImage](image.md), [SiteSeed](site-seed.md), [formats](formats.md), [targets](targets/README.md) " +
      "and [virtual machines of an image](virtual-machines.md).",
    ...kindOrder.flatMap((kind) => {
      const there = kinds.get(kind) ?? [];
      if (there.length === 0) return [];
      return [`## ${kind}`, ...there.map((symbol) => section(symbol, writer))];
    }),
  ].join("\n\n");
}

interface Writer {
  readonly checker: ts.TypeChecker;
  /** Names that have a section of their own. */
  readonly known: ReadonlySet<string>;
}

const kindOrder = ["Resources", "Functions", "Arguments and outputs"] as const;

function kindOf(symbol: ts.Symbol): (typeof kindOrder)[number] {
  if (symbol.flags & ts.SymbolFlags.Class) return "Resources";
  return symbol.flags & ts.SymbolFlags.Function ? "Functions" : "Arguments and outputs";
}

function section(symbol: ts.Symbol, writer: Writer): string {
  const declaration = symbol.declarations?.[0];
  const parts = [`### ${symbol.name}`, commentOf(symbol, writer)];
  if (symbol.flags & ts.SymbolFlags.Function) {
    const signatures = (symbol.declarations ?? []).filter(ts.isFunctionDeclaration);
    const shown =
      signatures.length > 1 ? signatures.filter((it) => it.body === undefined) : signatures;
    parts.push(fence(shown.map(signatureText).join("\n")));
  } else if (declaration !== undefined && ts.isTypeAliasDeclaration(declaration)) {
    parts.push(aliasText(symbol, declaration, writer));
  } else {
    parts.push(members(symbol, writer));
  }
  return parts.filter((part) => part !== "").join("\n\n");
}

/** Another name of an object as a table of its members; of other types what the source says, or what that leads to. */
function aliasText(
  symbol: ts.Symbol,
  { type }: ts.TypeAliasDeclaration,
  { checker }: Writer,
): string {
  const declared = checker.getDeclaredTypeOfSymbol(symbol);
  if (ts.isTypeReferenceNode(type)) {
    const rows = checker.getPropertiesOfType(declared).map((property) => {
      const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
      const text = checker.typeToString(
        checker.getNonNullableType(checker.getTypeOfSymbol(property)),
        undefined,
        ts.TypeFormatFlags.NoTruncation,
      );
      return [
        `\`${property.name}\`${isOptional ? "" : " (required)"}`,
        `\`${text}\``,
        commentOf(property, { checker }),
      ];
    });
    return table(["name", "type", "meaning"], rows);
  }
  const text = ts.isIndexedAccessTypeNode(type)
    ? checker.typeToString(
        declared,
        undefined,
        ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias,
      )
    : plain(type.getText());
  return fence(`type ${symbol.name} = ${text}`);
}

function members(symbol: ts.Symbol, writer: Writer): string {
  const { checker } = writer;
  const properties = checker
    .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))
    .filter(isOurs);
  const statics = [...(symbol.exports?.values() ?? [])].filter(
    ({ flags }) => flags & ts.SymbolFlags.Method,
  );
  const rows = [
    ...properties.map((property) => memberRow(property, "", writer)),
    ...statics.map((method) => memberRow(method, `${symbol.name}.`, writer)),
  ];
  return rows.length === 0 ? "" : table(["name", "type", "meaning"], rows);
}

/** Leaves out the members of Pulumi's own classes. */
function isOurs({ declarations }: ts.Symbol): boolean {
  return (declarations ?? []).some((declaration) => {
    const isPublic = !(
      ts.getCombinedModifierFlags(declaration) &
      (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)
    );
    const { fileName } = declaration.getSourceFile();
    return isPublic && !fileName.includes("node_modules");
  });
}

function memberRow(member: ts.Symbol, prefix: string, writer: Writer): string[] {
  const declaration = member.declarations?.[0];
  const required = !(member.flags & ts.SymbolFlags.Optional);
  const mark = required && declaration !== undefined && ts.isPropertySignature(declaration);
  const name = `\`${prefix}${member.name}\`${mark ? " (required)" : ""}`;
  return [name, typeText(declaration, writer), commentOf(member, writer)];
}

function typeText(declaration: ts.Declaration | undefined, { known }: Writer): string {
  if (declaration === undefined) return "";
  if (ts.isMethodDeclaration(declaration)) return `\`${signatureText(declaration)}\``;
  if (ts.isGetAccessorDeclaration(declaration) || ts.isPropertyDeclaration(declaration)) {
    return `\`${declaration.type?.getText() ?? ""}\``;
  }
  if (!ts.isPropertySignature(declaration)) return "";
  const text = plain(declaration.type?.getText() ?? "");
  const name = /^\w+/.exec(text)?.[0] ?? "";
  const link = known.has(name) ? ` ([${name}](#${name.toLowerCase()}))` : "";
  return `\`${text}\`${link}`;
}

/** Without the wrapper that every argument has. */
function plain(text: string): string {
  const inner = text.replace(/\b(?:pulumi\.)?Input<((?:[^<>]|<[^<>]*>)*)>/g, "$1");
  return inner === text ? text.replace(/\s+/g, " ") : plain(inner);
}

function signatureText(declaration: ts.FunctionDeclaration | ts.MethodDeclaration): string {
  const parameters = declaration.parameters.map((parameter) => parameter.getText()).join(", ");
  const types = declaration.typeParameters?.map((parameter) => parameter.getText()).join(", ");
  const generic = types === undefined ? "" : `<${types}>`;
  const result = declaration.type === undefined ? "" : `: ${declaration.type.getText()}`;
  const name = declaration.name?.getText() ?? "";
  return `${name}${generic}(${parameters})${result}`.replace(/\s+/g, " ");
}

function commentOf(symbol: ts.Symbol, { checker }: Pick<Writer, "checker">): string {
  return ts.displayPartsToString(symbol.getDocumentationComment(checker));
}

function fence(code: string): string {
  return `\`\`\`ts\n${code}\n\`\`\``;
}
