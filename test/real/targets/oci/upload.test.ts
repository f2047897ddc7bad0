import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { LocalArtifact } from "../../../../provider/targets/local-artifact";
import { startMemoryRegistry, type RegistryServer } from "../../../servers/docker-registry";
import type { FaultProxy, ProxiedRequest } from "../../../servers/fault-proxy";
import {
  makeArtifact,
  MiB,
  never,
  quietly,
  recorded,
  sha256,
  useFolder,
} from "../../../support/artifacts";
import { fails } from "../../../support/failures";
import { bytesSent, useDockerRegistry, useRegistry, type ProxiedRegistry } from "./registry";

const isPatch = ({ method }: ProxiedRequest) => method === "PATCH";
const isConfiguration = ({ method, path }: ProxiedRequest) =>
  method === "PUT" && path.includes(sha256("{}"));
const isBegin = ({ method, path }: ProxiedRequest) =>
  method === "POST" && path.endsWith("/blobs/uploads/");
/** The last request of an upload of more than the empty configuration. */
const isCommit = (request: ProxiedRequest) =>
  request.method === "PUT" && request.path.includes("digest=") && !isConfiguration(request);

/** Number of started uploads of the layer; the configuration is not counted. */
function starts({ requests }: FaultProxy): number {
  return requests.filter(isBegin).length - requests.filter(isConfiguration).length;
}

async function holds({ ask }: ProxiedRegistry<RegistryServer>, artifact: LocalArtifact) {
  const blob = await ask(`blobs/sha256:${artifact.sha256}`);
  assert.equal(sha256(Buffer.from(await blob.arrayBuffer())), artifact.sha256);
}

/** Publishes, and checks that everything exists. */
async function publish(
  server: ProxiedRegistry<RegistryServer>,
  artifact: LocalArtifact,
  onProgress: (done: number) => void = () => undefined,
) {
  const target = server.target();
  const published = recorded(await target.publish(artifact, quietly({ onProgress })));
  assert.deepEqual(await target.find(published, never), { state: "present" });
  await holds(server, artifact);
}

describe("an upload to a registry that keeps what came of a broken chunk", () => {
  const folder = useFolder();
  const server = useRegistry(startMemoryRegistry);

  it("resumes after a lost connection, and sends nothing twice", async () => {
    const artifact = await makeArtifact(folder(), 35 * MiB);
    // Within the fourth chunk.
    const afterBytes = 0.4 * artifact.sizeBytes;
    server().proxy.add({ fault: { type: "cut-upload", afterBytes }, times: 4, when: isPatch });
    const told: number[] = [];
    await publish(server(), artifact, (done) => told.push(done));
    assert.equal(starts(server().proxy), 1);
    const surplus = bytesSent(server().proxy) - artifact.sizeBytes;
    // The bytes that were in transit when the connection broke.
    assert.ok(surplus < 2 * MiB, `${surplus} bytes twice`);
    assert.deepEqual(
      told,
      told.toSorted((one, other) => one - other),
    );
  });

  it("resumes in another process, by the file beside the artifact", async () => {
    const artifact = await makeArtifact(folder(), 30 * MiB);
    const user = new AbortController();
    const onProgress = (done: number, total: number) => {
      if (done >= 0.4 * total) user.abort();
    };
    await assert.rejects(
      server().target().publish(artifact, { signal: user.signal, onProgress }),
      fails("build.cancelled"),
    );
    const notes = async () =>
      (await readdir(folder())).filter((name) => name.startsWith(`${basename(artifact.path)}.`));
    assert.equal((await notes()).length, 1);
    server().proxy.reset();
    await publish(server(), artifact);
    assert.ok(bytesSent(server().proxy) < 0.65 * artifact.sizeBytes);
    assert.equal(starts(server().proxy), 0);
    assert.deepEqual(await notes(), []);
  });

  it("starts again when another process began the upload with other content", async () => {
    const artifact = await makeArtifact(folder(), 20 * MiB);
    const bytes = await readFile(artifact.path);
    const changed = Buffer.from(bytes);
    changed[100] = changed[100]! ^ 1;
    const user = new AbortController();
    const onProgress = (done: number) => {
      if (done >= 9 * MiB) user.abort();
    };
    await writeFile(artifact.path, changed);
    await assert.rejects(
      server().target().publish(artifact, { signal: user.signal, onProgress }),
      fails("build.cancelled"),
    );
    await writeFile(artifact.path, bytes);
    await publish(server(), artifact);
  });

  it("ignores a stored location that is invalid or no longer exists", async () => {
    const nowhere = `{"location":"${server().proxy.endpoint}/v2/team/images/blobs/uploads/none"}`;
    for (const text of ["no JSON", nowhere]) {
      const artifact = await makeArtifact(folder(), 9 * MiB);
      const user = new AbortController();
      const onProgress = (done: number) => {
        if (done >= 5 * MiB) user.abort();
      };
      await assert.rejects(
        server().target().publish(artifact, { signal: user.signal, onProgress }),
        fails("build.cancelled"),
      );
      const isNote = (name: string) => name.startsWith(`${basename(artifact.path)}.`);
      const note = (await readdir(folder())).find(isNote)!;
      await writeFile(join(folder(), note), text);
      server().proxy.reset();
      await publish(server(), artifact);
      assert.equal(starts(server().proxy), 1);
    }
  });
});

describe("an upload to Debian's registry", () => {
  const folder = useFolder();
  const server = useDockerRegistry();

  it("goes on after a connection that broke between two chunks, at 40 %", async () => {
    const artifact = await makeArtifact(folder(), 20 * MiB);
    const afterBytes = 0.4 * artifact.sizeBytes;
    server().proxy.add({ fault: { type: "cut-upload", afterBytes }, times: 3, when: isPatch });
    await publish(server(), artifact);
    assert.equal(starts(server().proxy), 1);
    assert.ok(bytesSent(server().proxy) < artifact.sizeBytes + MiB);
  });

  it("begins anew after one that broke within a chunk: the registry knows nothing of the upload then", async () => {
    const artifact = await makeArtifact(folder(), 20 * MiB);
    const afterBytes = 10 * MiB;
    server().proxy.add({ fault: { type: "cut-upload", afterBytes }, times: 3, when: isPatch });
    await publish(server(), artifact);
    assert.equal(starts(server().proxy), 2);
  });

  it("gives up after several lost connections without a byte between", async () => {
    const artifact = await makeArtifact(folder(), 9 * MiB);
    server().proxy.add({ fault: { type: "cut-upload", afterBytes: 5 * MiB }, when: isPatch });
    await assert.rejects(
      server().target().publish(artifact, quietly()),
      fails("publish.unreachable", /Check the target's `repository`/),
    );
    assert.ok(server().proxy.requests.filter(isPatch).length < 20);
    server().proxy.reset();
    await publish(server(), artifact);
  });

  it("asks how far it is where a chunk was answered by a proxy, and sends that one again", async () => {
    const artifact = await makeArtifact(folder(), 12 * MiB);
    for (const status of [429, 502, 503]) {
      server().proxy.add({ fault: { type: "status", status }, times: 1, when: isPatch });
    }
    await publish(server(), artifact);
    assert.equal(starts(server().proxy), 1);
    const patches = server().proxy.requests.filter(isPatch);
    assert.equal(patches.length, 6);
    assert.ok(
      server().proxy.requests.some(
        ({ method, path }) => method === "GET" && path.includes("uploads"),
      ),
    );
  });

  it("finds the blob where the answer to its completion was lost", async () => {
    for (const sizeBytes of [1 * MiB, 9 * MiB]) {
      const artifact = await makeArtifact(folder(), sizeBytes);
      server().proxy.reset();
      server().proxy.add({ fault: { type: "lose-answer" }, times: 1, when: isCommit });
      await publish(server(), artifact);
      assert.equal(server().proxy.requests.filter(isCommit).length, 1);
    }
  });

  it("repeats everything else whose answer was lost", async () => {
    const artifact = await makeArtifact(folder(), 9 * MiB);
    for (const when of [
      isBegin,
      ({ method }: ProxiedRequest) => method === "HEAD",
      ({ method, path }: ProxiedRequest) => method === "PUT" && path.includes("/manifests/"),
    ]) {
      server().proxy.add({ fault: { type: "lose-answer" }, times: 2, when });
    }
    await publish(server(), artifact);
  });

  it("sends the blob in one request where chunks are refused", async () => {
    for (const status of [400, 405, 416, 501]) {
      const artifact = await makeArtifact(folder(), 12 * MiB);
      server().proxy.reset();
      const code = "UNSUPPORTED";
      server().proxy.add({ fault: { type: "status", status, code }, when: isPatch });
      await publish(server(), artifact);
      const commits = server().proxy.requests.filter(isCommit);
      assert.deepEqual(
        commits.map(({ receivedBytes }) => receivedBytes),
        [artifact.sizeBytes],
      );
    }
  });

  it("sends smaller chunks where a proxy takes none of that size", async () => {
    const artifact = await makeArtifact(folder(), 9 * MiB);
    const when = (request: ProxiedRequest) =>
      isPatch(request) && Number(request.headers["content-length"]) > 2 * MiB;
    server().proxy.add({ fault: { type: "status", status: 413 }, when });
    await publish(server(), artifact);
    server().proxy.reset();
    const other = await makeArtifact(folder(), 9 * MiB);
    server().proxy.add({ fault: { type: "status", status: 413 }, when: isPatch });
    await assert.rejects(
      server().target().publish(other, quietly()),
      fails("publish.failed", /takes no requests of this size/, /client_max_body_size/),
    );
  });

  it("gives up after a few 503s and says whose fault it is", async () => {
    const artifact = await makeArtifact(folder(), 1000);
    const headers = { "retry-after": "0" };
    server().proxy.add({ fault: { type: "status", status: 503, headers } });
    await assert.rejects(
      server().target().publish(artifact, quietly()),
      fails("publish.unreachable", /503/, /registry itself failed/, /Run again later/),
    );
    assert.ok(server().proxy.requests.length < 10);
  });

  it("ends at once when it is cancelled, whatever the server does", async () => {
    const artifact = await makeArtifact(folder(), 9 * MiB);
    server().proxy.add({ fault: { type: "hold" }, when: isPatch });
    const user = new AbortController();
    const publishing = server()
      .target()
      .publish(artifact, quietly({ signal: user.signal }));
    while (!server().proxy.requests.some(isPatch)) await new Promise(setImmediate);
    user.abort();
    await assert.rejects(publishing, fails("build.cancelled"));
  });
});
