import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findSecret, plantedSecrets } from "../e2e/secret-search";
import type { Stack } from "../e2e/stack";
import { serveFile, type FileServer } from "../servers/http-files";
import { startVersitygw, type Versitygw } from "../servers/versitygw";
import { World } from "./world";

/**
 * Resources whose name says which kind of transform gives them secrets. Old-style transformations run in the program,
 * transforms in the engine, after the constructor. Neither marks a value as secret.
 */
const program = (count: number): string => `
import { readFileSync } from "node:fs";
const secret = JSON.parse(readFileSync(folder + "/given.json", "utf8"));
const given = (name: string, props: any): any => {
  if (!/StylusImage|SiteSeed|stack|option|component/.test(name)) return undefined;
  const added = {
    userData: { hostname: "edge", stages: { boot: [{ commands: ["echo " + secret.command + name] }] } },
    users: [{ name: "ops", password: secret.password + name }],
    palette: { endpoint: "api.example.com", edgeHostToken: secret.token + name },
  };
  if (!name.startsWith("stack-")) return { ...props, ...added };
  return {
    ...props,
    ...added,
    installer: { url: secret.url, headers: { "X-Mirror": secret.header } },
    publishTo: [{
      type: "s3", bucket: name, region: "us-east-1", endpoint: secret.endpoint,
      accessKeyId: secret.accessKeyId, secretAccessKey: secret.secretAccessKey,
    }],
  };
};
const ours = (type: string) => /stylus-image/.test(type);
const old = (kind: RegExp) => ({ type, name, props, opts }: any) =>
  ours(type) && kind.test(name) ? { props: given(name, props), opts } : undefined;
const transform = (kind: RegExp) => async ({ type, name, props, opts }: any) =>
  ours(type) && kind.test(name) ? { props: given(name, props), opts } : undefined;
pulumi.runtime.registerStackTransformation(old(/^stack-old/));
pulumi.runtime.registerResourceTransform(transform(/^stack-new/));
class Fleet extends pulumi.ComponentResource {
  constructor(name: string, options: pulumi.ComponentResourceOptions) {
    super("test:index:Fleet", name, {}, options);
    new StylusImage("component-" + name, args({ triggers: [${count}] }), { parent: this });
  }
}
new StylusImage("stack-old", args());
new StylusImage("stack-new", args());
new StylusImage("option-old", args(), { transformations: [old(/option/)] });
new StylusImage("option-new", args(), { transforms: [transform(/option/)], aliases: [{ name: "was" }] });
new Fleet("old", { transformations: [old(/component/)] });
new Fleet("new", { transforms: [transform(/component/)] });
const seedArgs = { publishTo: [{ type: "directory", path: folder + "/seeds" } as const] };
new SiteSeed("option-old-seed", { ...seedArgs, users: [] }, { transformations: [old(/seed/)] });
new SiteSeed("option-new-seed", { ...seedArgs, users: [] }, { transforms: [transform(/seed/)] });
// The program gives the same property itself.
new StylusImage("both-option-new", args({
  userData: secret.own,
  users: [{ name: "own", password: secret.own }],
}), { transforms: [transform(/option/)] });
`;

describe("Transforms of resources", () => {
  let world: World;
  let stack: Stack;
  let s3: Versitygw;
  let iso: FileServer;
  let secrets: readonly string[];

  before(async () => {
    [s3, iso] = await Promise.all([
      startVersitygw(),
      serveFile({ content: Buffer.from("an installer") }),
    ]);
    await s3.createBucket("stack-old");
    await s3.createBucket("stack-new");
    world = await World.create();
    const file = {
      command: "command-of-a-transform-1",
      password: "password of a 'transform'",
      token: "t0ken/of+a=transform",
      header: "header-of-a-transform",
      own: "hostname: own-value-of-the-program",
      accessKeyId: s3.accessKeyId,
      secretAccessKey: s3.secretAccessKey,
    };
    secrets = Object.values(file);
    const addresses = { url: iso.url, endpoint: s3.endpoint };
    await writeFile(join(world.folder, "given.json"), JSON.stringify({ ...file, ...addresses }));
    stack = await world.stack("transforms", program(1));
  });
  after(async () => {
    await world.remove();
    await Promise.all([s3.stop(), iso.close()]);
  });

  const expectNone = (place: string, text: string): void => {
    for (const secret of secrets) {
      const found = findSecret(text, secret);
      if (found === undefined) continue;
      const at = text.indexOf(found);
      assert.fail(`${place} holds ${found}: ${text.slice(Math.max(0, at - 300), at + 100)}`);
    }
  };
  const expectNoneInState = async (): Promise<void> => {
    expectNone("export", (await stack.run(["stack", "export"])).output);
    const backend = join(world.folder, "backend");
    const entries = await readdir(backend, { recursive: true, withFileTypes: true });
    const files = entries.filter((it) => it.isFile());
    assert.ok(files.length > 2);
    for (const { name, parentPath } of files) {
      const path = join(parentPath, name);
      expectNone(path, await readFile(path, "utf8"));
    }
  };
  const seeds = async (): Promise<string[]> =>
    (await world.files("seeds")).filter((name) => name.endsWith(".iso"));

  it("P17: the search finds planted secrets", () => {
    for (const secret of secrets) {
      for (const planted of plantedSecrets(secret)) assert.ok(findSecret(planted, secret), planted);
    }
  });

  it("P17: secrets that either kind of transform gives are encrypted in state, and are used", async () => {
    expectNone("preview", (await stack.preview("--diff")).output);
    expectNone("up", (await stack.up()).output);
    await expectNoneInState();
    const names = await seeds();
    assert.equal(names.length, 2);
    for (const name of names) {
      const text = await readFile(join(world.folder, "seeds", name), "latin1");
      assert.match(text, /t0ken\/of\+a=transformoption-\w+-seed/);
      assert.match(text, /command-of-a-transform-1option-\w+-seed/);
    }
    for (const bucket of ["stack-old", "stack-new"]) {
      const files = await readdir(join(s3.folder, bucket), { recursive: true });
      assert.equal(files.filter((name) => name.endsWith(".qcow2")).length, 1, bucket);
    }
  });

  it("P17: they cause no change by themselves, and refresh, replacement and destroy work with them", async () => {
    await stack.run(["refresh", "--yes", "--skip-preview"]);
    await expectNoneInState();
    const { output } = await stack.up("--expect-no-changes");
    assert.doesNotMatch(output, /replac|creat|updat(?:ing|ed) \(/);
    await world.rewrite(stack, program(2));
    const preview = (await stack.preview("--diff")).output;
    expectNone("preview", preview);
    expectNone("up", (await stack.up()).output);
    await expectNoneInState();
    expectNone("destroy", (await stack.destroy()).output);
    await expectNoneInState();
    assert.deepEqual([await world.published(), await seeds()], [[], []]);
    for (const bucket of ["stack-old", "stack-new"]) {
      const files = await readdir(join(s3.folder, bucket), { recursive: true });
      assert.deepEqual(
        files.filter((name) => name.endsWith(".qcow2")),
        [],
        bucket,
      );
    }
  });
});
