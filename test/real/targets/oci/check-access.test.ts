import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ErrorCode } from "../../../../provider/base/errors";
import { noFindings, type AccessFindings } from "../../../../provider/targets/access";
import { ociTarget } from "../../../../provider/targets/oci/target";
import {
  startDockerRegistry,
  startMemoryRegistry,
  type RegistryServer,
} from "../../../servers/docker-registry";
import type { FaultProxy } from "../../../servers/fault-proxy";
import { startNginx } from "../../../servers/nginx";
import {
  makeCertificate,
  startTokenServer,
  tokenUser,
  type TokenServer,
} from "../../../servers/token-server";
import { never } from "../../../support/artifacts";
import { useEnvironment } from "../../../support/environment";
import { listingOf, needs } from "../access";
import { ociSpec, team, useDockerRegistry } from "./registry";

const check = (host: string, more: Record<string, unknown> = {}): Promise<AccessFindings> =>
  ociTarget(ociSpec({ repository: `${host}/${team}`, ...more }), {
    rootDirectory: "/",
  }).checkAccess(needs, never);

function assertOnly({ problems }: AccessFindings, code: ErrorCode, ...texts: RegExp[]): void {
  assert.deepEqual(
    problems.map((it) => it.code),
    [code],
    problems.map(({ message }) => message).join("\n"),
  );
  for (const text of texts) assert.match(problems[0]?.message ?? "", text);
}

async function withServer(server: RegistryServer, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    await server.stop();
  }
}

describe("asking a container registry", () => {
  const server = useDockerRegistry();
  useEnvironment();
  let home = "";
  before(async () => {
    home = await mkdtemp(join(tmpdir(), "home-"));
  });
  after(() => rm(home, { recursive: true }));
  beforeEach(() => {
    process.env["HOME"] = home;
    process.env["XDG_RUNTIME_DIR"] = home;
    process.env["DOCKER_CONFIG"] = home;
    Reflect.deleteProperty(process.env, "REGISTRY_AUTH_FILE");
  });

  it("says nothing of a repository that the first push creates, and does not create it", async () => {
    const { registry } = server();
    const before = await listingOf(registry.folder).catch(() => "");
    assert.deepEqual(await check(registry.host), noFindings);
    assert.equal(await listingOf(registry.folder).catch(() => ""), before);
    const catalog = await fetch(`http://${registry.host}/v2/_catalog`);
    assert.deepEqual(await catalog.json(), { repositories: [] });
  });

  const host = () => new URL(server().proxy.endpoint).host;
  const isPut = ({ method }: { method: string }) => method === "PUT";
  const answering = (proxy: FaultProxy, status: number, code: string) =>
    proxy.add({
      fault: { type: "status", status, json: { errors: [{ code, message: "no" }] } },
      when: isPut,
    });

  it("begins and cancels an upload where the registry knows the repository only after one", async () => {
    answering(server().proxy, 404, "NAME_UNKNOWN");
    assert.deepEqual(await check(host()), noFindings);
    const methods = server().proxy.requests.map(({ method }) => method);
    assert.deepEqual(methods.slice(-2), ["POST", "DELETE"]);
  });

  it("refuses a repository that no upload creates either (ECR)", async () => {
    const { proxy } = server();
    answering(proxy, 404, "NAME_UNKNOWN");
    proxy.add({
      fault: { type: "status", status: 404, json: { errors: [{ code: "NAME_UNKNOWN" }] } },
      when: ({ method }) => method === "POST",
    });
    assertOnly(await check(host()), "publish.not-found", /aws ecr create-repository/);
  });

  it("refuses credentials that may only pull", async () => {
    answering(server().proxy, 403, "DENIED");
    assertOnly(await check(host()), "publish.denied", /Let this user pull, push and delete/);
  });

  it("refuses a registry that wants a login, if there is none", async () => {
    const locked = await startDockerRegistry({ htpasswd: "" });
    await withServer(locked, async () => {
      assertOnly(await check(locked.host), "publish.denied", /docker login/);
    });
  });

  it("refuses a registry in its read-only mode", async () => {
    const frozen = await startDockerRegistry({ readOnly: true });
    await withServer(frozen, async () => {
      assertOnly(await check(frozen.host), "publish.denied", /read-only, or a mirror or cache/);
    });
  });

  it("refuses a web server that is no registry, and a port where nothing listens", async () => {
    const nginx = await startNginx({ kind: "put" });
    try {
      const found = await check(`127.0.0.1:${nginx.port}`);
      assertOnly(found, "publish.unreachable", /is no registry/);
    } finally {
      await nginx.stop();
    }
    assertOnly(await check("127.0.0.1:9"), "publish.unreachable");
  });

  it("leaves nothing in a registry that stores anything", async () => {
    const memory = await startMemoryRegistry();
    await withServer(memory, async () => {
      assert.deepEqual(await check(memory.host), noFindings);
      const tags = await fetch(`http://${memory.host}/v2/${team}/tags/list`);
      const { tags: left = [] } = (await tags.json()) as { tags?: string[] | null };
      assert.deepEqual(left ?? [], []);
    });
  });

  describe("with a token server", () => {
    let tokens: TokenServer;
    let registry: RegistryServer;
    let base = "";
    before(async () => {
      base = await mkdtemp(join(tmpdir(), "tokens-"));
      const signer = await makeCertificate(base);
      tokens = await startTokenServer(signer);
      const { realm, service, issuer } = tokens;
      const token = { realm, service, issuer, rootcertbundle: signer.certificate };
      registry = await startDockerRegistry({ token });
    });
    after(async () => {
      await registry.stop();
      await tokens.stop();
      await rm(base, { recursive: true });
    });

    it("asks for the rights of a push and no more, and refuses a token without them", async () => {
      assert.deepEqual(await check(registry.host, tokenUser), noFindings);
      const scopes = new Set(tokens.requests.flatMap((it) => it.scopes));
      assert.ok(![...scopes].some((scope) => scope.includes("delete")));
      tokens.behaviour.withheld = ["push"];
      assertOnly(await check(registry.host, tokenUser), "publish.denied");
    });
  });
});
