import assert from "node:assert/strict";
import { execa } from "execa";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { findSecret, plantedSecrets } from "../e2e/secret-search";
import type { Stack } from "../e2e/stack";
import { World } from "./world";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** Secrets at places of the user-data that no pattern of keys announces. */
const secrets = {
  login: "Winter-2024-for-ops!",
  item: "swordfish-in-a-list",
  registry: "robot-of-the-registry:pelican-77",
  query: "signature+of/a=query",
  proxy: "proxy-pelican-word",
  heredoc: "heredoc-pelican-line",
  encoded: "pelican-in-base64-text",
  json: "pelican-inside-of-json",
  docker: "robot:docker-pelican-9",
  wireless: "blue pelicans over here",
  cluster: "abcdef.0123456789abcdef",
  bearer: "bearer-pelican-header",
  serial: "83719265",
  unicode: "Schlüsselpelikan & 'Söhne'",
  comment: "pelican-of-a-comment",
} as const;

const userData = `#cloud-config
# ${secrets.comment}
hostname: edge-17
install:
  device: /dev/vda
  partitions:
    persistent:
      size: 0
chpasswd:
  list: |
    ops:${secrets.login}
stages:
  boot:
    - name: Join the cluster
      commands:
        - echo 'ops:${secrets.login}' | chpasswd
        - wget https://files.example.com/a?sig=${encodeURIComponent(secrets.query)} -O /oem/agent
        - "curl -H 'X-Auth: Bearer ${secrets.bearer}' https://api.example.com"
        - kubeadm join h.example.com:6443 --token ${secrets.cluster}
        - |
          cat > /etc/agent <<END
          colour = ${secrets.heredoc}
          END
      arguments: ["--token", "${secrets.item}"]
      environment:
        REGISTRY_LOGIN: ${secrets.registry}
        proxy: user:${secrets.proxy}@proxy.example.com:3128
        SERIAL: ${secrets.serial}
        WORD: ${JSON.stringify(secrets.unicode)}
        CONFIG: '{"a": {"colour": "${secrets.json}"}}'
        # A word that every log contains must not blank it.
        PASSWORD: install
write_files:
  - path: /etc/docker/config.json
    content: '{"auths": {"r.example.com": {"auth": "${base64(secrets.docker)}"}}}'
  - path: /etc/encoded
    encoding: b64
    content: ${base64(`colour: ${secrets.encoded}\n`)}
  - path: /etc/wpa_supplicant.conf
    content: |
      network={
        psk="${secrets.wireless}"
      }
`;

/** What the report shows of it: the values of allowed paths, and the kinds of the others. */
const outline = `install:
  poweroff: true
  reboot: false
  auto: true
  device: /dev/vda
  nousers: true
  partitions:
    persistent:
      size: 0
hostname: edge-17
chpasswd:
  list: &lt;text&gt;
stages:
  boot:
    - name: &lt;text&gt;
      commands: &lt;list of 5&gt;
      arguments: &lt;list of 2&gt;
      environment:
        REGISTRY_LOGIN: &lt;text&gt;
        proxy: &lt;text&gt;
        SERIAL: &lt;number&gt;
        WORD: &lt;text&gt;
        CONFIG: &lt;text&gt;
        PASSWORD: &lt;text&gt;
write_files:
  - path: &lt;text&gt;
    content: &lt;text&gt;
  - path: &lt;text&gt;
    encoding: b64
    content: &lt;text&gt;
  - path: &lt;text&gt;
    content: &lt;text&gt;
`;

const program = (more = ""): string => `
import { readFileSync } from "node:fs";
new StylusImage("edge", args({ userData: readFileSync(folder + "/user-data.yaml", "utf8")${more} }));
`;

describe("Secrets of user-data", () => {
  let world: World;
  let stack: Stack;
  let output: string;
  const ours = ["user-data.yaml", "steering.json"];

  const expectNone = (place: string, text: string): void => {
    for (const [name, secret] of Object.entries(secrets)) {
      const found = findSecret(text, secret);
      if (found === undefined) continue;
      const at = text.indexOf(found);
      assert.fail(`${place} holds ${name}: ${text.slice(Math.max(0, at - 200), at + 100)}`);
    }
  };
  /** State, cache, records, reports and logs. */
  const expectNoneInFiles = async (): Promise<void> => {
    const entries = await readdir(world.folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((it) => it.isFile() && !/\.(raw|qcow2|iso)$/.test(it.name));
    assert.ok(files.length > 10);
    for (const { name, parentPath } of files) {
      if (parentPath === world.folder && ours.includes(name)) continue;
      const path = join(parentPath, name);
      expectNone(path, await readFile(path, "utf8"));
    }
  };
  const reports = async (): Promise<string[]> => {
    const names = (await world.files()).filter((name) => name.endsWith(".html"));
    return Promise.all(names.map((name) => readFile(join(world.folder, "images", name), "utf8")));
  };

  before(async () => {
    world = await World.create();
    await writeFile(join(world.folder, "user-data.yaml"), userData);
    // The guest says every secret, in several forms, and a line of an ordinary log.
    // Not the comment, which is in no document that the build knows.
    const said = Object.values({ ...secrets, comment: "" }).flatMap((secret) =>
      secret === ""
        ? []
        : [
            secret,
            JSON.stringify({ secret }),
            `https://h.example/?x=${encodeURIComponent(secret)}`,
            base64(`a:${secret}\n`),
            secret.normalize("NFD"),
          ],
    );
    const say = `reboot after install of /oem/agent said ${said.join(" ; ")}`;
    await world.steer({ seconds: 3, chatter: 3, say });
    stack = await world.stack("user-data", program());
  });
  after(() => world.remove());

  it("P16: the search finds planted secrets", () => {
    for (const secret of Object.values(secrets)) {
      for (const planted of plantedSecrets(secret)) assert.ok(findSecret(planted, secret), planted);
      assert.throws(() => expectNone("a place", `before ${secret} after`));
    }
  });

  it("P16: the published report shows keys and kinds of values, and no value but those of allowed paths", async () => {
    expectNone("preview", (await stack.preview("--diff")).output);
    const environments = sample(world.folder);
    ({ output } = await stack.up());
    expectNone("argv or environ", await environments.stop());
    const [report = "", ...others] = await reports();
    assert.equal(others.length, 0);
    expectNone("report", report);
    assert.ok(report.includes(outline), /Structure of the user-data[^]{1500}/.exec(report)?.[0]);
  });

  it("P16: values of the user-data are masked in the log, the console and the records, and the rest stays readable", async () => {
    expectNone("up", output);
    assert.match(output, /Heard: reboot after install of \/oem\/agent said <secret> ; /);
    const [report = ""] = await reports();
    assert.match(report, /Heard: reboot after install of \/oem\/agent said &lt;secret&gt; ; /);
    await expectNoneInFiles();
    expectNone("export", (await stack.run(["stack", "export"])).output);
    // The notice names places.
    assert.match(
      output,
      /can read these values of the user-data[^:]*: .*stages\.boot\[0\]\.commands/,
    );
    assert.match(output, /stages\.boot\[0\]\.environment\.REGISTRY_LOGIN/);
  });

  it("P16: an error and the report of a failed build are masked as well", async () => {
    await world.steer({
      fail: "install.stalled",
      say: `failed with ${secrets.login} ${secrets.registry} ${base64(secrets.item)}`,
    });
    await world.rewrite(stack, program(", triggers: [2]"));
    const failed = await stack.run(["up", "--yes", "--skip-preview"], 1);
    assert.match(failed.output, /Heard: failed with <secret> <secret> <secret>/);
    expectNone("failed up", failed.output);
    await expectNoneInFiles();
    expectNone("destroy", (await stack.destroy()).output);
  });

  it("P16: `stylus-image plan` shows the structure too", async () => {
    const main = join(__dirname, "..", "..", "dist", "provider", "cli", "main.js");
    const args = [
      ...[main, "plan", "--installer", join(world.folder, "installer.iso")],
      ...["--user-data", join(world.folder, "user-data.yaml"), "--to", join(world.folder, "cli")],
    ];
    for (const flags of [[], ["--json"]]) {
      const { stdout, stderr } = await execa(process.execPath, [...args, ...flags], {
        env: { XDG_CACHE_HOME: join(world.folder, "command-line") },
      });
      expectNone(`plan ${flags.join("")}`, stdout + stderr);
      assert.match(stdout, /hostname: edge-17/);
      assert.match(stdout, /REGISTRY_LOGIN: <text>/);
    }
  });
});

/** Samples command lines and environments of all processes of this world until it is stopped. */
function sample(folder: string): { readonly stop: () => Promise<string> } {
  const seen = new Set<string>();
  const stopped = new AbortController();
  const read = (file: string): Promise<string> => readFile(file, "utf8").catch(() => "");
  const looking = (async () => {
    while (!stopped.signal.aborted) {
      for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
        const environment = await read(`/proc/${pid}/environ`);
        if (!environment.includes(folder)) continue;
        seen.add(environment).add(await read(`/proc/${pid}/cmdline`));
      }
      await delay(200);
    }
  })();
  return {
    stop: async () => {
      stopped.abort();
      await looking;
      assert.ok(seen.size > 2);
      return [...seen].join("\n").replaceAll("\0", "\n");
    },
  };
}
