import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeUserProject, Stack } from "../e2e/stack";
import { standInInstaller } from "../servers/stand-in";
import { median, printTable } from "./table";

const rounds = 5;

const imageProgram = `
import * as pulumi from "@pulumi/pulumi";
import { StylusImage } from "pulumi-stylus-image";
new StylusImage("edge", {
  installer: new pulumi.Config().require("installer"),
  machine: { diskSize: "1GiB", memory: "1536MiB" },
  verify: { boot: false },
  publishTo: [{ type: "directory", path: "images" }],
});
`;

const trivialProgram = `
import * as pulumi from "@pulumi/pulumi";
class Trivial extends pulumi.dynamic.Resource {
  constructor(name: string) {
    super(
      {
        async create() { return { id: "1", outs: {} }; },
        async diff() { return { changes: false }; },
      },
      name,
      {},
    );
  }
}
new Trivial("trivial");
`;

/** An unchanged \`up\` of an image against one of a dynamic resource that does nothing, in alternation. */
export async function unchangedUp(): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "stylus-bench-up-"));
  const shared = { cache: join(work, "cache"), backend: join(work, "backend") };
  const installer = await standInInstaller();
  const image = await Stack.create({
    ...shared,
    name: "image",
    program: imageProgram,
    config: { installer },
  });
  const trivial = await Stack.create({ ...shared, name: "trivial", program: trivialProgram });
  await image.up();
  await trivial.up();
  const seconds = async (stack: Stack): Promise<number> => {
    const start = performance.now();
    await stack.up("--expect-no-changes");
    return (performance.now() - start) / 1000;
  };
  const runs = { image: [] as number[], trivial: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    runs.trivial.push(await seconds(trivial));
    runs.image.push(await seconds(image));
  }
  printTable("Unchanged up, wall time", "s", [
    { name: "StylusImage", values: runs.image },
    { name: "trivial dynamic resource", values: runs.trivial },
  ]);
  const more = median(runs.image) - median(runs.trivial);
  process.stdout.write(`  StylusImage costs ${more.toFixed(2)} s more\n`);
  await rm(work, { recursive: true, force: true });
  await removeUserProject();
}
