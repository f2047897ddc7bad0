import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ociTarget } from "../../../../provider/targets/oci/target";
import { startDockerRegistry, type DockerRegistry } from "../../../servers/docker-registry";
import { startFaultProxy, type FaultProxy } from "../../../servers/fault-proxy";
import {
  makeCertificate,
  refreshToken,
  startTokenServer,
  tokenUser,
  type TokenServer,
} from "../../../servers/token-server";
import { makeArtifact, MiB, never, quietly, recorded, useFolder } from "../../../support/artifacts";
import { useEnvironment } from "../../../support/environment";
import { fails } from "../../../support/failures";
import { ociSpec, team } from "./registry";

describe("a container registry with a token server", () => {
  const folder = useFolder();
  useEnvironment();
  let base: string;
  let tokens: TokenServer;
  let registry: DockerRegistry;
  let proxy: FaultProxy;
  before(async () => {
    base = await mkdtemp(join(tmpdir(), "tokens-"));
    const signer = await makeCertificate(base);
    tokens = await startTokenServer(signer);
    const { realm, service, issuer } = tokens;
    registry = await startDockerRegistry({
      token: { realm, service, issuer, rootcertbundle: signer.certificate },
    });
    proxy = await startFaultProxy(registry.port);
  });
  after(async () => {
    await proxy.stop();
    await registry.stop();
    await tokens.stop();
    await rm(base, { recursive: true });
  });
  beforeEach(() => {
    proxy.reset();
    tokens.requests.length = 0;
    Object.assign(tokens.behaviour, { seconds: 300, early: 0, refuse: false, withheld: [] });
    process.env["HOME"] = base;
    process.env["XDG_RUNTIME_DIR"] = base;
    for (const name of ["DOCKER_CONFIG", "REGISTRY_AUTH_FILE"]) {
      Reflect.deleteProperty(process.env, name);
    }
  });
  const open = (more: Record<string, unknown> = tokenUser) => {
    const repository = `${new URL(proxy.endpoint).host}/${team}`;
    return ociTarget(ociSpec({ repository, ...more }), { rootDirectory: "/", chunkSize: MiB });
  };
  const refused = () => proxy.requests.filter(({ status }) => status === 401).length;

  it("gives one token for reading and one for writing, and is not asked again", async () => {
    const artifact = await makeArtifact(folder(), 5 * MiB);
    const target = open();
    const published = recorded(await target.publish(artifact, quietly()));
    assert.deepEqual(await target.find(published, never), { state: "present" });
    assert.deepEqual(
      tokens.requests.map(({ service, scopes }) => [service, ...scopes]),
      [
        [tokens.service, `repository:${team}:pull`],
        [tokens.service, `repository:${team}:pull,push`],
      ],
    );
    await target.remove(published, never);
    assert.deepEqual(tokens.requests.at(-1)!.scopes, [`repository:${team}:delete,pull,push`]);
    assert.equal(refused(), 3, "one for each new right");
    assert.deepEqual(await target.find(published, never), { state: "absent" });
  });

  it("is asked for a new token before the old one ends, in the middle of a blob", async () => {
    const artifact = await makeArtifact(folder(), 12 * MiB);
    tokens.behaviour.seconds = 2;
    const slow = { type: "delay", milliseconds: 400 } as const;
    proxy.add({ fault: slow, when: ({ method }) => method === "PATCH" });
    const target = open();
    const published = recorded(await target.publish(artifact, quietly()));
    assert.deepEqual(await target.find(published, never), { state: "present" });
    assert.ok(tokens.requests.length > 3);
    const patches = proxy.requests.filter(({ method }) => method === "PATCH");
    assert.equal(patches.length, 12, "no chunk was refused for its token, and so none sent twice");
  });

  it("is asked again when the registry takes a token no more, in the middle of a blob", async () => {
    const artifact = await makeArtifact(folder(), 12 * MiB);
    // Used for three seconds, whatever lifetime it announces.
    tokens.behaviour.early = tokens.behaviour.seconds + 57;
    const slow = { type: "delay", milliseconds: 400 } as const;
    proxy.add({ fault: slow, when: ({ method }) => method === "PATCH" });
    const target = open();
    const published = recorded(await target.publish(artifact, quietly()));
    assert.deepEqual(await target.find(published, never), { state: "present" });
    const ended = proxy.requests.filter(
      ({ method, status }) => method === "PATCH" && status === 401,
    );
    assert.ok(ended.length > 0, "a token that the registry took no more");
  });

  it("takes the identity token that docker login left in place of a password", async () => {
    const host = new URL(proxy.endpoint).host;
    await mkdir(join(base, ".docker"), { recursive: true });
    const entry = { identitytoken: refreshToken };
    const config = join(base, ".docker", "config.json");
    await writeFile(config, JSON.stringify({ auths: { [host]: entry } }), { mode: 0o600 });
    try {
      await open({}).publish(await makeArtifact(folder(), 1000), quietly());
      assert.deepEqual(
        tokens.requests.map(({ method, authorization }) => [method, authorization]),
        [
          ["POST", undefined],
          ["POST", undefined],
        ],
      );
    } finally {
      await rm(config);
    }
  });

  it("says which credentials were refused, and by whom", async () => {
    const artifact = await makeArtifact(folder(), 1000);
    await assert.rejects(
      open({ ...tokenUser, password: "not-it" }).publish(artifact, quietly()),
      fails(
        "publish.denied",
        /token server refuses the credentials: 401/,
        /the target's `username`/,
      ),
    );
    await assert.rejects(
      open({}).publish(artifact, quietly()),
      fails("publish.denied", /No login for 127/, /looked at: .*config\.json/),
    );
  });

  it("says that the right to push is missing", async () => {
    tokens.behaviour.withheld = ["push"];
    await assert.rejects(
      open().publish(await makeArtifact(folder(), 1000), quietly()),
      fails("publish.denied", /401 UNAUTHORIZED/, /right to pull and push in team\/images/),
    );
  });

  it("never gets a password over http, unless the registry itself is reached so", async () => {
    const tls = await makeCertificate(base);
    const { realm, service, issuer } = tokens;
    const token = { realm, service, issuer, rootcertbundle: tls.certificate };
    const secure = await startDockerRegistry({ tls, token });
    try {
      const target = open({
        ...tokenUser,
        repository: `${secure.host}/${team}`,
        plainHttp: false,
        caFile: tls.certificate,
      });
      await assert.rejects(
        target.publish(await makeArtifact(folder(), 1000), quietly()),
        fails("publish.denied", /a token server that is not reached over https/),
      );
      assert.equal(tokens.requests.length, 0);
    } finally {
      await secure.stop();
    }
  });
});
