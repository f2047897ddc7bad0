import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { findSecret, plantedSecrets } from "../e2e/secret-search";
import type { Stack } from "../e2e/stack";
import { startFaultProxy, type FaultProxy } from "../servers/fault-proxy";
import { serveFile, type FileServer } from "../servers/http-files";
import { startVersitygw, type Versitygw } from "../servers/versitygw";
import { World } from "./world";

const token = "tok-9f8e7d6c5b4a3210-edge/host+token=";
const password = "correct horse battery & 'staple' ü";
const signature = "presigned+signature/of=the&installer";
const header = "header-value-of-the-mirror";
const nested = 'nested: "in" user\\data\nof two lines';
const trigger = "database password as trigger";

/** The secrets come from a file, because the engine masks values of the stack configuration in its output. */
const program = (publishTo: string): string => `
import { readFileSync } from "node:fs";
const secret = JSON.parse(readFileSync(folder + "/given.json", "utf8"));
const at = (bucket: string) =>
  ({ type: "s3", bucket, region: "us-east-1", endpoint: secret.endpoint }) as const;
const credentials = { accessKeyId: secret.accessKeyId, secretAccessKey: secret.secretAccessKey };
const disk = { type: "directory", path: folder + "/images" } as const;
new StylusImage("edge", args({
  installer: pulumi.secret({
    url: secret.url + "?signature=" + encodeURIComponent(secret.signature),
    headers: { "X-Mirror": secret.header },
  }),
  palette: { endpoint: "api.example.com", edgeHostToken: secret.token },
  users: [{ name: "ops", password: secret.password }],
  userData: { stages: { boot: [{ files: [{ path: "/etc/x", content: secret.nested }] }] } },
  triggers: [pulumi.secret(secret.trigger)],
  publishTo: ${publishTo},
}));
`;

/** Samples command lines and environments of all processes of this world until it is stopped. */
function sample(folder: string): { readonly stop: () => Promise<string> } {
  const seen = new Set<string>();
  const stopped = new AbortController();
  const read = (file: string): Promise<string> => readFile(file, "utf8").catch(() => "");
  const looking = (async () => {
    while (!stopped.signal.aborted) {
      for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
        const environment = await read(`/proc/${pid}/environ`);
        if (environment.includes(folder)) {
          seen.add(environment).add(await read(`/proc/${pid}/cmdline`));
        }
      }
      await delay(200);
    }
  })();
  return {
    stop: async () => {
      stopped.abort();
      await looking;
      return [...seen].join("\n").replaceAll("\0", "\n");
    },
  };
}

/** Matches lines in which the engine logs properties, and Pulumi's SDK the results of registrations. */
const engineWrites =
  /"msg":"(?:(?:Unm|M)arshaling property for RPC\[|(?:eventSink::Debug\(<\{%reset%\}>)?RegisterResource RPC finished: )/;

/** The lines of a log at -v=9 that Pulumi does not write for every resource of any provider. */
function notOfTheEngine(log: string): string {
  return log
    .split("\n")
    .filter((line) => !engineWrites.test(line))
    .join("\n");
}

const given = ["installer", "palette", "users", "userData", "triggers", "publishTo"];

/** The parts of a trace of the plugin protocol other than the properties themselves. */
function besideGivenProperties(trace: string): string {
  const strip = (key: string, value: unknown): unknown => (given.includes(key) ? undefined : value);
  return trace
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.stringify(JSON.parse(line, strip)))
    .join("\n");
}

describe("Secrets (5)", () => {
  let world: World;
  let stack: Stack;
  let s3: Versitygw;
  let proxy: FaultProxy;
  let iso: FileServer;
  let secrets: readonly string[];
  const ours = new Set(["given.json", "steering.json", "credentials", "trace.json"]);

  before(async () => {
    [s3, iso] = await Promise.all([
      startVersitygw(),
      serveFile({ content: Buffer.from("an installer") }),
    ]);
    proxy = await startFaultProxy(s3.port);
    await s3.createBucket("one");
    await s3.createBucket("two");
    world = await World.create();
    const { accessKeyId, secretAccessKey } = s3;
    secrets = [token, password, signature, header, nested, trigger, secretAccessKey, accessKeyId];
    const file = { token, password, signature, header, nested, trigger, secretAccessKey };
    await writeFile(
      join(world.folder, "given.json"),
      JSON.stringify({ ...file, accessKeyId, url: iso.url, endpoint: proxy.endpoint }),
    );
    await writeFile(
      join(world.folder, "credentials"),
      `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    );
    // The guest prints the secrets to the console, plain and encoded.
    const say = `${token} ${signature} ${secretAccessKey} ${nested.split("\n")[1]} ${Buffer.from(`x:${header}`).toString("base64")}`;
    await world.steer({ seconds: 4, chatter: 5, say });
    stack = await world.stack("secrets", program("[disk, { ...at('one'), ...credentials }]"), {
      env: {
        AWS_SHARED_CREDENTIALS_FILE: join(world.folder, "credentials"),
        PULUMI_DEBUG_GRPC: join(world.folder, "trace.json"),
      },
    });
  });
  after(async () => {
    await world.remove();
    await Promise.all([proxy.stop(), s3.stop(), iso.close()]);
  });

  const expectNone = (place: string, text: string): void => {
    for (const secret of secrets) {
      const found = findSecret(text, secret);
      if (found === undefined) continue;
      const lines = text.split("\n").filter((line) => line.includes(found));
      assert.fail(
        `${place} holds ${found}:\n${lines.map((line) => line.slice(0, 500)).join("\n")}`,
      );
    }
  };
  /** State, its history and backups, cache, records, logs, and the temporary folder. */
  const expectNoneInFiles = async (): Promise<void> => {
    const entries = await readdir(world.folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((it) => it.isFile() && !/\.(raw|qcow2|iso)$/.test(it.name));
    assert.ok(files.length > 10);
    for (const { name, parentPath } of files) {
      if (parentPath === world.folder && ours.has(name)) continue;
      const path = join(parentPath, name);
      expectNone(path, `${path}\n${await readFile(path, "utf8")}`);
    }
  };

  it("5: the search finds planted secrets in each encoding", () => {
    for (const secret of secrets) {
      for (const planted of plantedSecrets(secret)) assert.ok(findSecret(planted, secret), planted);
    }
    const property = JSON.stringify({ news: { users: [{ password }] }, message: password });
    assert.ok(findSecret(besideGivenProperties(property), password));
    assert.equal(
      findSecret(besideGivenProperties(JSON.stringify({ news: { users: password } })), password),
      undefined,
    );
  });

  it("5: are absent from preview, log at -v=9, trace, processes, files, state and export", async () => {
    const verbose = ["-v=9", "--logtostderr", "--logflow"];
    const sampled = sample(world.folder);
    expectNone("preview", notOfTheEngine((await stack.preview(...verbose)).output));
    const { output } = await stack.up(...verbose);
    expectNone("argv or environ", await sampled.stop());
    // Proves that this is the log of this run: it contains the console output and lines of the engine.
    assert.match(output, /Heard: <secret> <secret>/);
    assert.match(output, /"msg":"Marshaling property for RPC\[/);
    expectNone("log", notOfTheEngine(output));
    const trace = await readFile(join(world.folder, "trace.json"), "utf8");
    assert.match(trace, /ResourceProvider\/Create/);
    expectNone("trace", besideGivenProperties(trace));
    expectNone("state", await stack.stateText());
    expectNone("export", (await stack.run(["stack", "export"])).output);
    await expectNoneInFiles();
  });

  it("5: are absent from a diff of changed secrets, and from the state of a partially failed update", async () => {
    const isUpload = ({ method, path }: { method: string; path: string }): boolean =>
      method === "PUT" && path.startsWith("/two/") && path.includes(".qcow2");
    proxy.add({ fault: { type: "status", status: 403, code: "AccessDenied" }, when: isUpload });
    // The new targets have no secrets, but the former one, which is not released yet, has.
    await world.rewrite(stack, program("[disk, at('two')]"));
    expectNone("preview", (await stack.preview()).output);
    const failed = await stack.start(["up", "--yes", "--skip-preview"]);
    assert.match(failed.all, /\[publish\.denied\]/);
    expectNone("output", failed.all);
    assert.match(await stack.stateText(), /"pending":\s*\[\s*\{/);
    await expectNoneInFiles();
    proxy.reset();
    await stack.up();
    await expectNoneInFiles();
    const left = await readdir(join(s3.folder, "one"), { recursive: true });
    assert.deepEqual(
      left.filter((name) => name.endsWith(".qcow2")),
      [],
    );
    await stack.destroy();
    await expectNoneInFiles();
  });
});
