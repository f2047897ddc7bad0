import assert from "node:assert/strict";
import { execa } from "execa";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeArtifact, never, quietly, recorded, useFolder } from "../../../support/artifacts";
import { fails } from "../../../support/failures";
import { useDockerRegistry } from "./registry";
import { useEnvironment } from "../../../support/environment";

const username = "builder";
const password = "secret-for-tests-only";
const pair = (user: string, secret: string) => ({
  auth: Buffer.from(`${user}:${secret}`).toString("base64"),
});
const right = pair(username, password);
const wrong = pair(username, "not-it");

describe("the login at a container registry", () => {
  const folder = useFolder();
  // Created by `htpasswd -Bb` with this user and password.
  const htpasswd = `${username}:$2b$05$V28vpQUNdJgbW.wixjM80eZH9MjXAhxOCd9j38GG4WN2JIVgeHzby\n`;
  const server = useDockerRegistry({ htpasswd });
  useEnvironment();
  const home = () => join(folder(), "home");
  beforeEach(async () => {
    await rm(home(), { recursive: true, force: true });
    process.env["HOME"] = home();
    for (const name of ["DOCKER_CONFIG", "REGISTRY_AUTH_FILE"])
      Reflect.deleteProperty(process.env, name);
    process.env["XDG_RUNTIME_DIR"] = join(home(), "run");
    process.env["PATH"] = `${join(home(), "bin")}:${process.env["PATH"] ?? ""}`;
  });
  const host = () => server().repository.split("/")[0]!;
  const save = async (path: string, text: unknown, mode = 0o600) => {
    const file = join(home(), path);
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(file, typeof text === "string" ? text : JSON.stringify(text), { mode });
    return file;
  };
  const publishWith = async (more: Record<string, unknown> = {}) => {
    const artifact = await makeArtifact(folder(), 1000);
    const target = server().target(more);
    const published = recorded(await target.publish(artifact, quietly()));
    assert.deepEqual(await target.find(published, never), { state: "present" });
    return { target, published };
  };

  it("is the spec's before all others", async () => {
    await save(".docker/config.json", { auths: { [host()]: wrong } });
    const { target, published } = await publishWith({ username, password });
    await target.remove(published, never);
    await save(".docker/config.json", { auths: { [host()]: right } });
    await assert.rejects(
      publishWith({ username, password: "not-it" }),
      fails("publish.denied", /They are from the target's `username` and `password`/),
    );
  });

  it("says where it was looked for when there is none", async () => {
    await save(".docker/config.json", { auths: { "registry.example.com": right } });
    process.env["REGISTRY_AUTH_FILE"] = join(home(), "named.json");
    await assert.rejects(
      publishWith(),
      fails(
        "publish.denied",
        /\.docker\/config\.json \(no entry for 127/,
        /named\.json \(not there\)/,
        /run\/containers\/auth\.json \(not there\)/,
        /\.config\/containers\/auth\.json \(not there\)/,
        /docker login 127/,
      ),
    );
  });

  it("is that of the first file that has one", async () => {
    const docker = join(home(), "docker");
    process.env["DOCKER_CONFIG"] = docker;
    process.env["REGISTRY_AUTH_FILE"] = join(home(), "named.json");
    // In ascending precedence: each added source takes precedence over those before it.
    const files = [
      ".config/containers/auth.json",
      "run/containers/auth.json",
      "named.json",
      "docker/config.json",
    ];
    for (const path of files) {
      await save(path, { auths: { [host()]: right } });
      await publishWith();
      const file = await save(path, { auths: { [host()]: wrong } });
      await assert.rejects(publishWith(), fails("publish.denied", new RegExp(`are from ${file}`)));
    }
    // Not read if DOCKER_CONFIG names another folder.
    await save(".docker/config.json", { auths: { [host()]: right } });
    await assert.rejects(publishWith(), fails("publish.denied"));
  });

  it("is read anew when it has changed", async () => {
    await save(".docker/config.json", { auths: { [host()]: right } });
    const { target, published } = await publishWith();
    const asked = server().proxy.requests.length;
    assert.deepEqual(await target.find(published, never), { state: "present" });
    const refused = server()
      .proxy.requests.slice(asked)
      .filter(({ status }) => status === 401);
    assert.equal(refused.length, 0, "a login is kept for as long as it is taken");
    await save(".docker/config.json", { auths: { [host()]: wrong } });
    const finding = await server().target().find(published, never);
    assert.ok(finding.state === "unreachable" && finding.why.includes("missing, wrong or expired"));
  });

  it("is the one for the longest part of the repository's name", async () => {
    const auths = {
      [host()]: wrong,
      [`${host()}/team`]: wrong,
      [`${host()}/team/images`]: right,
      [`${host()}/team/images/more`]: wrong,
    };
    await save(".config/containers/auth.json", { auths });
    await publishWith();
  });

  it("is found under the addresses that old tools write", async () => {
    for (const key of [`https://${host()}`, `https://${host()}/v2/`, `http://${host()}/v1/`]) {
      await save(".docker/config.json", { auths: { [key]: right } });
      await publishWith();
    }
  });

  it("is what skopeo login left", async () => {
    const file = join(home(), "skopeo.json");
    await mkdir(home(), { recursive: true });
    const args = ["login", "--tls-verify=false", "--authfile", file, "-u", username];
    await execa("skopeo", [...args, "--password-stdin", host()], { input: password });
    process.env["REGISTRY_AUTH_FILE"] = file;
    await publishWith();
  });

  for (const config of ["credHelpers", "credsStore"]) {
    it(`comes from a credential helper (${config})`, async () => {
      const answer = JSON.stringify({ ServerURL: "", Username: username, Secret: password });
      await save(
        "bin/docker-credential-tests",
        `#!/bin/sh\nread -r server\n[ "$1 $server" = "get ${host()}" ] && echo '${answer}'\n`,
        0o755,
      );
      const helper = config === "credsStore" ? "tests" : { [host()]: "tests" };
      // Docker writes an empty entry if a credential helper stores the password.
      await save(".docker/config.json", { auths: { [host()]: {} }, [config]: helper });
      await publishWith();
    });
  }

  it("passes over a helper that is missing, knows nothing, talks nonsense or is no name", async () => {
    await save(
      "bin/docker-credential-none",
      "#!/bin/sh\necho credentials not found\nexit 1\n",
      0o755,
    );
    await save("bin/docker-credential-odd", `#!/bin/sh\necho '{"Secret": "${password}"}'\n`, 0o755);
    for (const [credsStore, why] of [
      ["gone-away", /helper "gone-away": the program is not on PATH/],
      ["none", /helper "none": no entry/],
      ["odd", /helper "odd": it did not answer as a helper does/],
      ["../bin/x", /this is no name of a helper/],
    ] as const) {
      await rm(join(home(), ".config"), { recursive: true, force: true });
      await save(".docker/config.json", { credsStore });
      await assert.rejects(publishWith(), fails("publish.denied", why));
      await save(".config/containers/auth.json", { auths: { [host()]: right } });
      await publishWith();
    }
  });

  it("passes over a file that is damaged", async () => {
    await save(".docker/config.json", "{");
    await assert.rejects(publishWith(), fails("publish.denied", /it is not what Docker writes/));
    await save(".config/containers/auth.json", { auths: { [host()]: right } });
    await publishWith();
  });
});
