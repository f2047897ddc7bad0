import { createHash } from "node:crypto";
import { mkdtemp, rm, stat, type FileHandle } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { layerTypes, writeOciArchive } from "../../provider/formats/container-disk/oci-archive";
import { MiB } from "../../provider/base/size";
import { hashFile } from "../../provider/system/files/hash";
import { startDockerRegistry, type DockerRegistry } from "../servers/docker-registry";
import { keyStream } from "./key-stream";
import { printRatio, printTable, type Row } from "./table";
import { timed, type Run } from "./timed";

const layerBytes = 1000 * MiB;
const seed = "pulumi-stylus-image 2026";
const rounds = 3;

interface Bench {
  readonly archive: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly registry: DockerRegistry;
}

/** A program that pushes the archive to a repository that does not exist yet. */
const contenders = {
  "stylus-image": ({ archive, sha256, sizeBytes, registry }: Bench, repository: string) => {
    const spec = { type: "oci", repository: `${registry.host}/${repository}`, plainHttp: true };
    const artifactKey = createHash("sha256").update(repository).digest("hex");
    const name = `edge-0123456789ab/edge-${artifactKey.slice(0, 12)}.oci.tar`;
    const kind = { format: "containerdisk", mediaType: "application/x-tar", name };
    const artifact = { path: archive, sha256, sizeBytes, artifactKey, ...kind };
    const program = join(__dirname, "publish-run.cjs");
    return timed(process.execPath, [program, JSON.stringify(spec), JSON.stringify(artifact)]);
  },
  "skopeo copy": ({ archive, registry }: Bench, repository: string) =>
    timed("skopeo", [
      ...["copy", "--quiet", "--dest-tls-verify=false", `oci-archive:${archive}`],
      `docker://${registry.host}/${repository}:newest`,
    ]),
};
type Name = keyof typeof contenders;

/** Alternating pushes of a containerDisk of 1000 MiB to a registry on this machine; after `npm run build`. */
export async function push(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "stylus-push-"));
  const registry = await startDockerRegistry();
  try {
    const archive = join(folder, "image.oci.tar");
    await makeArchive(archive);
    const sha256 = await hashFile(archive, {
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    const bench = { archive, sha256, sizeBytes: (await stat(archive)).size, registry };
    const names = Object.keys(contenders) as Name[];
    const runs = new Map<Name, Run[]>(names.map((name) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, name] of names.entries()) {
        runs.get(name)?.push(await contenders[name](bench, `round-${round}/by-${index}`));
        // Each push starts with an empty registry, because stored layers would not be sent again.
        await rm(join(registry.folder, "docker"), { recursive: true });
        await execa("sync");
      }
    }
    const rowOf = (name: Name, value: keyof Run): Row => ({
      name,
      values: (runs.get(name) ?? []).map((run) => run[value]),
    });
    const load = loadavg().map((value) => value.toFixed(1));
    process.stdout.write(`Load average at the end: ${load.join(" ")}\n`);
    for (const [title, unit, value] of [
      ["Push of 1000 MiB, wall time", "s", "wall"],
      ["CPU time of the client", "s", "cpu"],
      ["Peak memory of the client", "MiB", "peakMiB"],
    ] as const) {
      printTable(
        title,
        unit,
        names.map((name) => rowOf(name, value)),
      );
      printRatio(
        `stylus-image / skopeo copy, ${value}`,
        rowOf("stylus-image", value),
        rowOf("skopeo copy", value),
      );
    }
  } finally {
    await registry.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A layer that is as incompressible as a compressed disk. */
async function makeArchive(path: string): Promise<void> {
  async function* write(file: FileHandle, offset: number) {
    let at = offset;
    for (const bytes of keyStream(seed, layerBytes)) {
      await file.write(bytes, 0, bytes.length, at);
      at += bytes.length;
      yield bytes;
    }
  }
  const layer = { mediaType: layerTypes.plain, write, unpacked: undefined };
  await writeOciArchive(path, layer, { environment: {}, labels: {} });
}
