import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stack, type StackOptions } from "../e2e/stack";

/** What the test's agent (`agent.cjs`) is told; read anew for each build. */
export interface Steering {
  /** Decides the content of a new disk beside its install key: no install is reproducible. */
  readonly seed?: string;
  /** How long an install takes. */
  readonly seconds?: number;
  /** Console lines per second meanwhile. */
  readonly chatter?: number;
  /** Code of the error that ends the install. */
  readonly fail?: string;
  readonly dieAt?: "disk";
}

/** One test's machines, backend and images, with an agent that needs no QEMU. */
export class World {
  readonly folder: string;
  readonly #stacks: Stack[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(steering: Steering = {}): Promise<World> {
    const world = new World(await mkdtemp(join(tmpdir(), "contract-")));
    await mkdir(join(world.folder, "tmp"));
    await writeFile(join(world.folder, "installer.iso"), "an installer");
    await writeFile(join(world.folder, "disks.log"), "");
    await world.steer(steering);
    return world;
  }

  async steer(steering: Steering): Promise<void> {
    const log = join(this.folder, "disks.log");
    await writeFile(join(this.folder, "steering.json"), JSON.stringify({ log, ...steering }));
  }

  /** A stack on `machine`, which is a cache of its own. The program finds helpers as `t`. */
  async stack(
    name: string,
    program: string,
    { machine = "machine", ...more }: Partial<StackOptions> & { machine?: string } = {},
  ): Promise<Stack> {
    const stack = await Stack.create({
      name,
      program: `${prelude}\n${program}`,
      cache: join(this.folder, machine),
      backend: join(this.folder, "backend"),
      ...more,
      env: {
        STYLUS_TEST_STEERING: join(this.folder, "steering.json"),
        STYLUS_TEST_AGENT: join(__dirname, "agent.cjs"),
        STYLUS_TEST_FOLDER: this.folder,
        TMPDIR: join(this.folder, "tmp"),
        ...more.env,
      },
    });
    this.#stacks.push(stack);
    return stack;
  }

  /** Other program of the same stack. */
  rewrite(stack: Stack, program: string): Promise<void> {
    return stack.write(`${prelude}\n${program}`);
  }

  /** How many disks were made. */
  async disks(): Promise<number> {
    const log = await readFile(join(this.folder, "disks.log"), "utf8");
    return log.split("\n").length - 1;
  }

  /** Published artifacts in the folder that programs publish to, without records. */
  async published(folder = "images"): Promise<string[]> {
    const names = await this.files(folder);
    return names.filter((name) => /\.(raw|qcow2)$/.test(name));
  }

  /** Every file there, hidden ones too. */
  async files(folder = "images"): Promise<string[]> {
    const path = join(this.folder, folder);
    const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
      .sort();
  }

  async remove(): Promise<void> {
    await Promise.all(this.#stacks.map(({ folder }) => rm(folder, { recursive: true })));
    await rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * What programs of tests begin with: `args()` are arguments of a small image that goes to a folder, `Machine` is a
 * downstream resource that is replaced when its `url` changes.
 */
const prelude = `
import * as pulumi from "@pulumi/pulumi";
import { artifact, StylusImage, type StylusImageArgs } from "pulumi-stylus-image";

const folder = process.env["STYLUS_TEST_FOLDER"]!;
const args = (more: Partial<StylusImageArgs> = {}): StylusImageArgs => ({
  installer: folder + "/installer.iso",
  machine: { diskSize: "1GiB" },
  formats: ["qcow2"],
  publishTo: [{ type: "directory", path: folder + "/images" }],
  buildHost: { type: "local", agent: process.env["STYLUS_TEST_AGENT"]! },
  ...more,
});

class Machine extends pulumi.dynamic.Resource {
  constructor(name: string, url: pulumi.Input<string>, options?: pulumi.CustomResourceOptions) {
    super(
      {
        async create(inputs: any) {
          return { id: name, outs: { url: inputs.url } };
        },
        async diff(_id: string, olds: any, news: any) {
          return { changes: olds.url !== news.url, replaces: olds.url !== news.url ? ["url"] : [] };
        },
      },
      name,
      { url },
      options,
    );
  }
}
void [artifact, StylusImage, args, Machine];
`;
