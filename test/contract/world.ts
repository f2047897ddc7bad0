import { execa } from "execa";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";
import { Stack, type StackOptions } from "../e2e/stack";

const repository = join(__dirname, "..", "..");

/** Settings of the test's agent (`agent.cjs`), which reads them for each build. */
export interface Steering {
  /** Changes the content of a new disk with the same install key, because no install is reproducible. */
  readonly seed?: string;
  /** Seconds that an install takes. */
  readonly seconds?: number;
  /** Console lines per second during the install, each with a progress event. */
  readonly chatter?: number;
  /** The text of these lines. */
  readonly say?: string;
  /** File that a child process of the agent reads during the install, in place of QEMU. */
  readonly child?: string;
  /** Ignore cancellation. */
  readonly deaf?: boolean;
  /** File whose appearance ends the install. */
  readonly until?: string;
  /** Code of the error that ends the install. */
  readonly fail?: string;
  /** What the console of a boot shows. */
  readonly console?: string;
  /** No boot comes up. */
  readonly notActive?: boolean;
  /** Event before which the agent kills itself. `convert started 2` is the second event of that name. */
  readonly dieAt?: string;
}

type StackChoices = Partial<Omit<StackOptions, "name" | "program">> & { machine?: string };

/** The machines, backend and images of one test, with an agent that needs no QEMU. */
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

  /** Changes the settings of the agents. */
  async steer(steering: Steering = {}, file = "steering.json"): Promise<void> {
    const log = join(this.folder, "disks.log");
    const boots = join(this.folder, "boots.log");
    await writeFile(join(this.folder, file), JSON.stringify({ log, boots, ...steering }));
  }

  /** A stack on `machine`, whose name decides the cache folder. */
  async stack(name: string, program: string, more: StackChoices = {}): Promise<Stack> {
    const stack = await Stack.create({
      program: javascriptOf(program),
      programFile: "index.js",
      ...this.#options(name, more),
    });
    this.#stacks.push(stack);
    return stack;
  }

  /** A stack of the test's own project in a folder of this world. */
  stackAt(folder: string, name: string, more: StackChoices = {}): Promise<Stack> {
    return Stack.at(join(this.folder, folder), this.#options(name, more));
  }

  #options(name: string, { machine = "machine", ...more }: StackChoices) {
    return {
      name,
      cache: join(this.folder, machine),
      backend: join(this.folder, "backend"),
      ...more,
      env: { ...this.#environment(), ...more.env },
    };
  }

  #environment(): Record<string, string> {
    return {
      STYLUS_TEST_STEERING: join(this.folder, "steering.json"),
      STYLUS_TEST_AGENT: join(__dirname, "agent.cjs"),
      STYLUS_TEST_FOLDER: this.folder,
      TMPDIR: join(this.folder, "tmp"),
    };
  }

  /** Runs `stylus-image` on another machine. */
  async commandLine(...args: readonly string[]): Promise<void> {
    await this.#node(join(repository, "dist", "provider", "cli", "main.js"), args);
  }

  /**
   * Runs `stylus-image build` for the image that `args()` describes, with these options more, with the agent that needs no
   * QEMU.
   */
  async buildAsCommandLine(options: object = {}): Promise<void> {
    const images = join(this.folder, "images");
    const args = [join(this.folder, "installer.iso"), images, JSON.stringify(options)];
    await this.#node(join(__dirname, "command-line.cjs"), args);
  }

  async #node(program: string, args: readonly string[]): Promise<void> {
    const env = { ...this.#environment(), XDG_CACHE_HOME: join(this.folder, "command-line") };
    await execa(process.execPath, [program, ...args], { env, cwd: this.folder });
  }

  /** Replaces the program of a stack. */
  rewrite(stack: Stack, program: string): Promise<void> {
    return stack.write(javascriptOf(program));
  }

  /** The number of disks that were made. */
  async disks(): Promise<number> {
    const log = await readFile(join(this.folder, "disks.log"), "utf8");
    return log.split("\n").length - 1;
  }

  /** The number of boots of disks that existed already. */
  async boots(): Promise<number> {
    const log = await readFile(join(this.folder, "boots.log"), "utf8").catch(() => "");
    return log.split("\n").length - 1;
  }

  /** Waits until that many installs have started. */
  async awaitDisks(count: number): Promise<void> {
    const end = Date.now() + 120_000;
    while ((await this.disks()) < count) {
      if (Date.now() > end) throw new Error(`Fewer than ${count} installs have started.`);
      await delay(200);
    }
  }

  /** Artifacts in the folder that programs publish to, without the records. */
  async published(folder = "images"): Promise<string[]> {
    const names = await this.files(folder);
    return names.filter((name) => /\.(raw|qcow2)$/.test(name));
  }

  /** Owners of the images: the first digits of the install key, the last part of the owner's URN, the marker's state. */
  async owners(folder = "images"): Promise<string[]> {
    const markers = await this.#markers(folder);
    return markers.map(({ key, owner, state }) => `${key} ${owner.split("::").at(-1)} ${state}`);
  }

  /** URNs of the owners. */
  async ownerUrns(folder = "images"): Promise<string[]> {
    return (await this.#markers(folder)).map(({ owner }) => owner);
  }

  async #markers(folder: string): Promise<{ key: string; owner: string; state: string }[]> {
    const pattern = /([0-9a-f]{12})[0-9a-f]{52}\/owners\/.*\.(\w+)\.json$/;
    const markers = (await this.files(folder)).map(async (name) => {
      const [, key, state] = pattern.exec(name) ?? [];
      if (key === undefined || state === undefined) return [];
      const text = await readFile(join(this.folder, folder, name), "utf8");
      const { owner } = JSON.parse(text) as { owner: string };
      return [{ key, owner, state }];
    });
    return (await Promise.all(markers)).flat();
  }

  /** Files of records; none if no image has an owner. */
  async records(folder = "images"): Promise<string[]> {
    const names = await this.files(folder);
    return names.filter((name) => /\.stylus-image\/([0-9a-f]{64}|requests|files)\//.test(name));
  }

  /** All files below the folder, including hidden ones. */
  async files(folder = "images"): Promise<string[]> {
    const path = join(this.folder, folder);
    const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
      .sort();
  }

  async remove(): Promise<void> {
    await Promise.all(
      this.#stacks.map(({ folder }) => rm(folder, { recursive: true, force: true })),
    );
    await rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * A test's program in JavaScript. TypeScript's compiler in each run of a program would take a large part of the suite's
 * CPU time. The packaging tests, the examples and test/e2e run programs in TypeScript.
 */
function javascriptOf(program: string): string {
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
  return transpileModule(`${prelude}\n${program}`, { compilerOptions }).outputText;
}

/**
 * The beginning of each test's program. `args()` returns arguments of a small image that is published to a folder;
 * `Machine` is a downstream resource that is replaced when its `url` changes.
 */
const prelude = `
import * as pulumi from "@pulumi/pulumi";
import { artifact, SiteSeed, StylusImage, type StylusImageArgs } from "pulumi-stylus-image";

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
void [artifact, SiteSeed, StylusImage, args, Machine];
`;
