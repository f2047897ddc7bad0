import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import kubernetes from "@pulumi/kubernetes/package.json";
import { eventLog } from "../contract/operations";
import { installPackage, Stack } from "../e2e/stack";
import { standInInstaller } from "../servers/stand-in";
import { madeOnce, removeOwnFolder, sharedFolder } from "../support/shared-folder";

const examples = join(__dirname, "..", "..", "examples");

/** The packed package and those of other providers, as `npm install` in an example leaves them. */
function packages(): Promise<string> {
  return madeOnce("examples", async (folder) => {
    // Without install scripts: that of @pulumi/kubernetes would download the plugin, which the tests replace.
    const others = { "@pulumi/kubernetes": kubernetes.version };
    await installPackage(folder, others, "--ignore-scripts");
    const vsphere = process.env["STYLUS_TEST_VSPHERE_PACKAGE"];
    if (vsphere === undefined || !existsSync(vsphere)) {
      throw new Error("@pulumi/vsphere is missing; run tools/set-up.sh --tests.");
    }
    await cp(vsphere, join(folder, "node_modules", "@pulumi", "vsphere"), { recursive: true });
  });
}

/** The cache of the one machine that runs all examples: those with the same user-data share an install. */
const machineCache = async (): Promise<string> => join(await sharedFolder(), "examples-cache");

after(removeOwnFolder);

export interface ExampleOptions {
  readonly config?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** A copy of an example, as a user makes it, with a stack. */
export class Example {
  readonly stack: Stack;
  readonly folder: string;
  readonly #work: string;

  private constructor(work: string, folder: string, stack: Stack) {
    this.#work = work;
    this.folder = folder;
    this.stack = stack;
  }

  static async copy(name: string, options: ExampleOptions = {}): Promise<Example> {
    const work = await mkdtemp(join(await packages(), `${name}-`));
    const folder = join(work, name);
    const isSource = (path: string) => !path.includes("node_modules");
    await cp(join(examples, name), folder, { recursive: true, filter: isSource });
    const stack = await Stack.at(folder, {
      name: "dev",
      cache: await machineCache(),
      backend: join(work, "backend"),
      env: { ...eventLog, ...options.env },
    });
    const config = { installer: await standInInstaller(), diskSize: "1GiB", ...options.config };
    await stack.configure(config, options.secrets);
    return new Example(work, folder, stack);
  }

  /** Replaces text in one of its files. */
  async edit(file: string, text: string, replacement: string): Promise<void> {
    const path = join(this.folder, file);
    const before = await readFile(path, "utf8");
    if (!before.includes(text)) throw new Error(`${path} does not contain ${text}.`);
    await writeFile(path, before.replace(text, replacement));
  }

  async remove(): Promise<void> {
    await rm(this.#work, { recursive: true, force: true });
  }
}
