// Lets Node load the TypeScript sources, without type checks. The compiled text of each file is kept in a cache, named
// after a hash of the source: a test process that finds all its files there does not load the compiler.
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { homedir } = require("node:os");
const { join } = require("node:path");
const { version } = require("typescript/package.json");

const options = {
  target: "es2023",
  module: "nodenext",
  esModuleInterop: true,
  inlineSourceMap: true,
  inlineSources: true,
};
const caches = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
const folder = join(caches, "pulumi-stylus-image-tools", "transpiled");
const salt = JSON.stringify([version, options]);

process.setSourceMapsEnabled(true);
Module._extensions[".ts"] = (module, file) => module._compile(compiled(file), file);

function compiled(file) {
  const source = readFileSync(file, "utf8");
  const key = createHash("sha256").update(`${salt}\n${file}\n${source}`).digest("hex");
  const path = join(folder, `${key}.js`);
  const known = read(path);
  if (known !== undefined) return known;
  const text = compile(source, file);
  keep(path, text);
  return text;
}

function compile(source, file) {
  const ts = require("typescript");
  const { options: compilerOptions } = ts.convertCompilerOptionsFromJson(options, "");
  const result = ts.transpileModule(source, {
    fileName: file,
    compilerOptions,
    reportDiagnostics: true,
  });
  const [problem] = result.diagnostics;
  if (problem !== undefined) {
    throw new SyntaxError(`${file}: ${ts.flattenDiagnosticMessageText(problem.messageText, "\n")}`);
  }
  return result.outputText;
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Another process may write the same file at the same time. A cache that cannot be written costs time only. */
function keep(path, text) {
  const part = `${path}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(part, text);
    renameSync(part, path);
  } catch {
    // Compiled again by the next process.
  }
}
