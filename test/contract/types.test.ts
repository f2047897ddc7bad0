import assert from "node:assert/strict";
import { execa } from "execa";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ts from "typescript";
import { installPackage } from "../e2e/stack";

/** The compiler options of `pulumi new typescript`, which check the declarations of packages too. */
const template = {
  strict: true,
  outDir: "bin",
  target: "es2020",
  sourceMap: true,
  experimentalDecorators: true,
  pretty: true,
  noFallthroughCasesInSwitch: true,
  noImplicitReturns: true,
  forceConsistentCasingInFileNames: true,
};
const moduleSystems = {
  CommonJS: { module: "commonjs", moduleResolution: "node" },
  NodeNext: { module: "nodenext", moduleResolution: "nodenext" },
} as const;

/** Versions by the name that npm installs each under. TypeScript 6 deprecates `moduleResolution: "node"`. */
const compilers = {
  "typescript-5.0": { version: "~5.0.4", systems: ["CommonJS", "NodeNext"] },
  typescript: { version: "^5.9.0", systems: ["CommonJS", "NodeNext"] },
  "typescript-6": { version: "^6.0.0", systems: ["NodeNext"] },
  "typescript-7": { version: "^7.0.0", systems: ["NodeNext"] },
} as const;

/** A program as users write it. */
const program = `
import * as pulumi from "@pulumi/pulumi";
import { artifact, SiteSeed, StylusImage, type Artifact, type Target } from "pulumi-stylus-image";

const targets: Target[] = [
  { type: "directory", path: "images" },
  { type: "s3", bucket: "b", tags: { team: pulumi.output("edge") } },
];
const image = new StylusImage("edge", {
  installer: { path: "installer.iso", kind: "kairos" },
  palette: { endpoint: "api.example.com", edgeHostToken: pulumi.secret("t"), tags: { a: "b" } },
  machine: { firmware: "uefi", diskSize: "40GiB" },
  formats: ["qcow2", { type: "ova", cpus: 4 }, { type: "iso", contentBundles: ["b.tar"] }],
  publishTo: targets,
  triggers: [1, { a: [true] }],
});
new SiteSeed("site", { userData: { hostname: "x" }, publishTo: targets });
const there: pulumi.Output<Artifact> = image.artifact("qcow2");
export const sha256: pulumi.Output<string | undefined> = there.apply((it) => it.sha256);
export const plain = image.outputs.apply((outputs) => artifact(outputs, "ova").sizeBytes.toFixed());
// @ts-expect-error The name of a format is checked.
new StylusImage("wrong", { installer: "a.iso", formats: ["qcow3"], publishTo: targets });
`;

/** A module that uses every export of an entry of the package: values as values, types as types. */
function useAll(folder: string, entry: string): string {
  const file = join(folder, "exports.ts");
  ts.sys.writeFile(file, `import * as all from ${JSON.stringify(entry)};\nvoid all;\n`);
  const options = { module: ts.ModuleKind.NodeNext, skipLibCheck: true, types: [] };
  const all = ts.createProgram([file], options);
  const checker = all.getTypeChecker();
  const module = all.getSourceFile(file)?.statements.find(ts.isImportDeclaration)?.moduleSpecifier;
  const symbol = module === undefined ? undefined : checker.getSymbolAtLocation(module);
  assert.ok(symbol !== undefined, `${entry} is not found`);
  const names = checker.getExportsOfModule(symbol).map((it) => {
    const { flags } = it.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(it) : it;
    return { name: it.name, isValue: (flags & ts.SymbolFlags.Value) !== 0 };
  });
  assert.ok(names.length > 0);
  const uses = names.map(({ name, isValue }, index) =>
    isValue
      ? `export const value${index} = all.${name};`
      : `export type Type${index} = Required<all.${name}>;`,
  );
  return [`import * as all from ${JSON.stringify(entry)};`, ...uses, ""].join("\n");
}

describe("Public types", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "types-"));
    const others = Object.entries(compilers).map(([name, { version }]): [string, string] => [
      name,
      name === "typescript" ? version : `npm:typescript@${version}`,
    ]);
    const pulumi = { "@pulumi/pulumi": "^3.270.0", "@types/node": "^18" };
    await installPackage(folder, { ...Object.fromEntries(others), ...pulumi });
    await writeFile(join(folder, "program.ts"), program);
    for (const entry of ["pulumi-stylus-image", "pulumi-stylus-image/provider"]) {
      await writeFile(join(folder, `${entry.split("/").pop()}.ts`), useAll(folder, entry));
    }
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const [compiler, { systems }] of Object.entries(compilers)) {
    for (const system of systems) {
      it(`P20: ${compiler} compiles every export with the template's tsconfig for ${system}, without skipLibCheck`, async () => {
        const config = {
          compilerOptions: { ...template, ...moduleSystems[system], noEmit: true, pretty: false },
          files: ["program.ts", "pulumi-stylus-image.ts", "provider.ts"],
        };
        await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
        const tsc = join(folder, "node_modules", compiler, "bin", "tsc");
        const { stdout } = await execa(process.execPath, [tsc, "-p", folder, "--listFiles"], {
          reject: false,
          cwd: folder,
        });
        const lines = stdout.split("\n");
        assert.deepEqual(
          lines.filter((line) => line.includes("error TS")),
          [],
        );
        assert.match(stdout, /pulumi-stylus-image\/dist\/sdk\/index\.d\.ts/);
        // The declarations of the schema library are not part of the program.
        assert.doesNotMatch(stdout, /node_modules\/zod\//);
      });
    }
  }
});
