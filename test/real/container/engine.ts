import { chown, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";

const repository = join(__dirname, "..", "..", "..");

/** Builds and runs container images without a container engine: buildah with chroot isolation and its own store. */
export interface ContainerEngine {
  readonly env: Readonly<Record<string, string>>;
  /** Names of local images, for `BASE_IMAGE` and `NODE_IMAGE`. */
  readonly baseImage: string;
  readonly nodeImage: string;
  inspect(image: string): Promise<Inspected>;
  /** Total bytes of the files in an image. */
  sizeOf(image: string): Promise<number>;
  run(image: string, args: readonly string[], options: RunOptions): Promise<Ended>;
  remove(): Promise<void>;
}

export interface ImageConfig {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Env: readonly string[];
}

export interface Inspected {
  readonly config: ImageConfig;
  /** All information about an image, including its history. */
  readonly text: string;
}

export interface RunOptions {
  /** Mounted as the working directory, and owned by the user of the container. */
  readonly work: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user ID that belongs to no user of this machine or of the image. */
export const user = 4242;

export async function openEngine(): Promise<ContainerEngine> {
  const folder = await mkdtemp(join(tmpdir(), "stylus-container-"));
  const env = await openStore(folder);
  const buildah = (args: readonly string[]) => execa("buildah", args, { env });
  const baseImage = "localhost/debian:bookworm-slim";
  const nodeImage = "localhost/node:24";
  await importBase(buildah, baseImage);
  await makeNodeImage(buildah, baseImage, nodeImage);

  const inspect = async (image: string): Promise<Inspected> => {
    const { stdout } = await buildah(["inspect", "--type", "image", image]);
    const { OCIv1 } = JSON.parse(stdout) as { OCIv1: { config: ImageConfig } };
    return { config: OCIv1.config, text: stdout };
  };
  const inContainer = async <T>(image: string, work: (container: string) => Promise<T>) => {
    const container = (await buildah(["from", "--pull-never", image])).stdout;
    return work(container).finally(() => buildah(["rm", container]));
  };
  return {
    env,
    baseImage,
    nodeImage,
    inspect,
    sizeOf: (image) =>
      inContainer(image, async (container) => {
        const root = (await buildah(["mount", container])).stdout;
        const { stdout } = await execa("du", ["-s", "--block-size=1", "--one-file-system", root]);
        return Number(stdout.split("\t")[0]);
      }),
    run: (image, args, options) =>
      inContainer(image, async (container) => {
        const { Entrypoint } = (await inspect(image)).config;
        await mkdir(options.work, { recursive: true });
        await chown(options.work, user, user);
        const given = Object.entries(options.env ?? {});
        const variables = given.flatMap(([name, value]) => ["--env", `${name}=${value}`]);
        const { exitCode, stdout, stderr } = await execa(
          "unshare",
          [
            ...["--net", "buildah", "run", "--user", "0", "--volume", `${options.work}:/work`],
            ...[...variables, container, "--", ...withoutRights, ...Entrypoint, ...args],
          ],
          { env, reject: false },
        );
        return { exitCode, stdout, stderr };
      }),
    remove: async () => {
      await buildah(["rm", "--all"]);
      await buildah(["rmi", "--all", "--force"]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs a container as an engine does with `--user 4242 --cap-drop all --security-opt no-new-privileges`. */
const withoutRights = [
  ...["setpriv", "--reuid", `${user}`, "--regid", `${user}`, "--clear-groups"],
  ...["--bounding-set", "-all", "--inh-caps", "-all", "--no-new-privs"],
];

type Buildah = (args: readonly string[]) => Promise<{ readonly stdout: string }>;

/** overlay copies nothing, but does not work on every file system. */
async function openStore(folder: string): Promise<Record<string, string>> {
  const file = join(folder, "storage.conf");
  const env = { CONTAINERS_STORAGE_CONF: file, BUILDAH_ISOLATION: "chroot" };
  for (const driver of ["overlay", "vfs"]) {
    const places = ["graphroot", "runroot"].map((it) => `${it} = "${join(folder, driver, it)}"\n`);
    await writeFile(file, `[storage]\ndriver = "${driver}"\n${places.join("")}`);
    const tried = await execa("buildah", ["from", "scratch"], { env, reject: false });
    if (tried.exitCode === 0) return env;
    if (driver === "vfs") throw new Error(tried.stderr);
  }
  return env;
}

async function importBase(buildah: Buildah, image: string): Promise<void> {
  const command = '. tools/env.sh; echo "$stylus_debian_base"';
  const { stdout } = await execa("bash", ["-c", command], { cwd: repository });
  const archive = join(stdout, "base.tar");
  if (!existsSync(archive)) throw new Error("no base image; run tools/set-up.sh --tests");
  const container = (await buildah(["from", "scratch"])).stdout;
  await buildah(["add", "--quiet", container, archive, "/"]);
  await buildah(["commit", "--quiet", "--rm", container, image]);
}

/** A root file system like that of `node:24-bookworm-slim`, with the certificates that this machine trusts. */
async function makeNodeImage(buildah: Buildah, base: string, image: string): Promise<void> {
  const { stdout } = await execa("which", ["npm"]);
  const npm = dirname(dirname(await realpath(stdout)));
  const container = (await buildah(["from", "--pull-never", base])).stdout;
  const bin = "/usr/local/bin/";
  const certificates = "/etc/ssl/certs/ca-certificates.crt";
  await buildah(["add", "--quiet", container, await realpath(process.execPath), bin]);
  await buildah(["add", "--quiet", container, npm, "/usr/local/lib/node_modules/npm"]);
  await buildah(["add", "--quiet", container, certificates, certificates]);
  const link = "ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm";
  await buildah(["run", container, "--", "sh", "-c", link]);
  await buildah(["config", "--env", `NODE_EXTRA_CA_CERTS=${certificates}`, container]);
  await buildah(["commit", "--quiet", "--rm", container, image]);
}
