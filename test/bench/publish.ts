import { createHash } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { MiB } from "../../provider/base/size";
import { startVersitygw, type Versitygw } from "../servers/versitygw";
import { keyStream } from "./key-stream";
import { printRatio, printTable, type Row } from "./table";
import { timed, type Run } from "./timed";

/** The size of a compressed image, with incompressible content. */
const file = { sizeBytes: 1000 * MiB, seed: "pulumi-stylus-image 2026" };
const rounds = 3;
const bucket = "images";

interface Bench {
  readonly path: string;
  readonly sha256: string;
  readonly gateway: Versitygw;
}

/** A command that uploads the file as an object with that name. */
type Contender = (bench: Bench, key: string) => { command: string; args: readonly string[] };

/** An uploading program. */
const contenders = {
  "stylus-image": ({ gateway, path, sha256 }, key) => {
    const { endpoint, region } = gateway;
    const spec = { type: "s3", bucket, endpoint, region };
    const artifactKey = createHash("sha256").update(key).digest("hex");
    const kind = { format: "qcow2", mediaType: "application/x-qemu-disk" };
    const artifact = { path, sha256, sizeBytes: file.sizeBytes, artifactKey, name: key, ...kind };
    const program = join(__dirname, "publish-run.cjs");
    return {
      command: process.execPath,
      args: [program, JSON.stringify(spec), JSON.stringify(artifact)],
    };
  },
  "aws s3 cp": ({ gateway, path }, key) => ({
    // Debian's version; another one may come first on PATH.
    command: "/usr/bin/aws",
    args: [
      ...["s3", "cp", "--no-progress", "--endpoint-url", gateway.endpoint],
      ...["--region", gateway.region, path, `s3://${bucket}/${key}`],
    ],
  }),
  "rclone copyto": ({ gateway, path }, key) => ({
    command: "rclone",
    args: [
      ...[
        "copyto",
        // Otherwise each part waits one second for a 100 Continue that this server does not send.
        "--expect-continue-timeout",
        "1ms",
        "--s3-no-check-bucket",
        "--s3-provider",
        "Other",
        "--s3-env-auth",
        "--s3-endpoint",
        gateway.endpoint,
      ],
      ...["--s3-region", gateway.region, path, `:s3:${bucket}/${key}`],
    ],
  }),
} as const satisfies Record<string, Contender>;
type Name = keyof typeof contenders;

/**
 * Alternating uploads of 1000 MiB to a server on this machine, each by a process of its own. Requires `apt-get
 * install --no-install-recommends awscli rclone` and `npm run build`.
 */
export async function publish(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "stylus-publish-"));
  const gateway = await startVersitygw();
  try {
    await gateway.createBucket(bucket);
    const path = join(folder, "image.qcow2");
    const bench = { path, gateway, sha256: await makeFile(path) };
    const names = Object.keys(contenders) as Name[];
    const runs = new Map<Name, Run[]>(names.map((name) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const name of names) runs.get(name)?.push(await time(bench, name, round));
    }
    const rowOf = (name: Name, value: keyof Run): Row => ({
      name,
      values: (runs.get(name) ?? []).map((run) => run[value]),
    });
    const rowsOf = (value: keyof Run): Row[] => names.map((name) => rowOf(name, value));
    const load = loadavg().map((value) => value.toFixed(1));
    process.stdout.write(`Load average at the end: ${load.join(" ")}\n`);
    printTable("Upload of 1000 MiB, wall time", "s", rowsOf("wall"));
    printTable("CPU time of the client", "s", rowsOf("cpu"));
    printTable("Peak memory of the client", "MiB", rowsOf("peakMiB"));
    for (const other of names.slice(1)) {
      for (const value of ["wall", "cpu", "peakMiB"] as const) {
        printRatio(
          `stylus-image / ${other}, ${value}`,
          rowOf("stylus-image", value),
          rowOf(other, value),
        );
      }
    }
  } finally {
    await gateway.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  const handle = await open(path, "w");
  for (const bytes of keyStream(file.seed, file.sizeBytes)) {
    hash.update(bytes);
    await handle.write(bytes);
  }
  await handle.sync();
  await handle.close();
  return hash.digest("hex");
}

async function time(bench: Bench, name: Name, round: number): Promise<Run> {
  const { gateway } = bench;
  const key = `${name.replaceAll(" ", "-")}-${round}/image.qcow2`;
  const { command, args } = contenders[name](bench, key);
  const env = {
    AWS_ACCESS_KEY_ID: gateway.accessKeyId,
    AWS_SECRET_ACCESS_KEY: gateway.secretAccessKey,
    // No user's configuration.
    AWS_CONFIG_FILE: "/dev/null",
    RCLONE_CONFIG: "/dev/null",
    // rclone fails with it, and the server uses plain http.
    AWS_CA_BUNDLE: undefined,
  };
  const run = await timed(command, args, env);
  await verifyObject(bench, key);
  await rm(join(gateway.folder, bucket, key));
  return run;
}

/** A fast upload of other content must not count. */
async function verifyObject({ gateway, path }: Bench, key: string): Promise<void> {
  await execa("cmp", [path, join(gateway.folder, bucket, key)]);
}
