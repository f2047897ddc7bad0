import { join } from "node:path";
import ts from "typescript";
import { fencesOf, type Page } from "../../../tools/docs/pages";

/** Resolved from the folder that tools/set-up.sh writes for the tests; without it the package's values are `any`. */
const vsphere = { name: "@pulumi/vsphere", folder: process.env["STYLUS_TEST_VSPHERE_PACKAGE"] };

/** One line for each compiler error in a `ts` snippet. Each snippet is a module of its own; one program compiles all. */
export function snippetErrors(pages: readonly Page[], repository: string): string[] {
  const snippets = snippetsOf(pages, repository);
  const options = readOptions(repository);
  const files = new Map(snippets.map((snippet) => [snippet.file, snippet.code]));
  if (vsphere.folder !== undefined && ts.sys.directoryExists(vsphere.folder)) {
    options.paths = { ...options.paths, [vsphere.name]: [vsphere.folder] };
  } else {
    files.set(join(repository, "snippets", "any.d.ts"), `declare module "${vsphere.name}";\n`);
  }
  const program = ts.createProgram([...files.keys()], options, hostWith(files, options));
  return snippets.flatMap((snippet) => {
    const source = program.getSourceFile(snippet.file);
    if (source === undefined) return [`${snippet.place(0)}: was not compiled`];
    return ts.getPreEmitDiagnostics(program, source).map(({ start, messageText }) => {
      const { line } = source.getLineAndCharacterOfPosition(start ?? 0);
      return `${snippet.place(line)}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
  });
}

interface Snippet {
  readonly file: string;
  readonly code: string;
  readonly place: (line: number) => string;
}

function snippetsOf(pages: readonly Page[], repository: string): Snippet[] {
  return pages.flatMap((page, number) =>
    fencesOf(page)
      .filter(({ language }) => language === "ts")
      .map(({ code, line }) => ({
        file: join(repository, "snippets", `page-${number}-line-${line}.ts`),
        // A snippet without imports is a script for the compiler, and would share its names with the others.
        code: `${code}\nexport {};\n`,
        place: (offset: number) => `${page.path}:${line + offset}`,
      })),
  );
}

function readOptions(repository: string): ts.CompilerOptions {
  const file = join(repository, "tsconfig.json");
  const { config } = ts.readConfigFile(file, (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, repository);
  return { ...options, noEmit: true };
}

/** Reads files from the disk, and snippets as if they were in a folder of the repository. */
function hostWith(
  files: ReadonlyMap<string, string>,
  options: ts.CompilerOptions,
): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  return {
    ...host,
    fileExists: (path) => files.has(path) || host.fileExists(path),
    readFile: (path) => files.get(path) ?? host.readFile(path),
    getSourceFile: (path, version, ...others) => {
      const code = files.get(path);
      return code === undefined
        ? host.getSourceFile(path, version, ...others)
        : ts.createSourceFile(path, code, version, true);
    },
  };
}
