import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ordinaryUser, type Place } from "./place";

const repository = join(__dirname, "..", "..");
/** The compiled agent of the package. */
const agent = join(repository, "dist", "provider", "agent", "main.js");
/** The tests' agent, which replaces only the making of a disk. */
const agentWithoutQemu = join(repository, "test", "contract", "agent.cjs");

/** The environment of an agent. */
export interface Surroundings {
  /** Folders to put first on PATH. */
  readonly path?: readonly string[] | undefined;
  /** Shell commands to run before the agent starts, in its own mount namespace. */
  readonly mounts?: readonly string[] | undefined;
  readonly user?: "root" | "ordinary" | undefined;
  /** Largest size in bytes of files that the agent and its tools write. */
  readonly largestFile?: number | undefined;
  /** `without QEMU` makes a disk at once and appends a line to `disks.log` in the place's folder. */
  readonly agent?: "the package's" | "without QEMU" | undefined;
}

/** Writes a program for `localHost` that becomes the agent in these surroundings. */
export async function writeLauncher(place: Place, around: Surroundings = {}): Promise<string> {
  const path = join(place.folder, `agent-${crypto.randomUUID()}.js`);
  const program = around.agent === "without QEMU" ? agentWithoutQemu : agent;
  const unshared = [around.mounts, around.largestFile].some((it) => it !== undefined);
  const start =
    around.user === "ordinary" || unshared
      ? becomeUnshared(place, around, program)
      : `require(${JSON.stringify(program)});`;
  if (around.agent === "without QEMU") {
    const steering = { log: join(place.folder, "disks.log") };
    await writeFile(steeringOf(place), JSON.stringify(steering));
  }
  await writeFile(path, [...environment(place, around), start, ""].join("\n"), { mode: 0o644 });
  return path;
}

const steeringOf = (place: Place): string => join(place.folder, "steering.json");

function environment(place: Place, { path = [] }: Surroundings): string[] {
  return [
    `process.env.TMPDIR = ${JSON.stringify(place.temporary)};`,
    `process.env.STYLUS_TEST_STEERING = ${JSON.stringify(steeringOf(place))};`,
    ...path.map(
      (folder) => `process.env.PATH = ${JSON.stringify(`${folder}:`)} + process.env.PATH;`,
    ),
  ];
}

/** Uses execve in each step, so that the launcher and the agent are the same process. */
function becomeUnshared(
  place: Place,
  { mounts = [], user, largestFile }: Surroundings,
  program: string,
): string {
  // The repository and its node may be in a home directory that other users cannot enter.
  const visible = join(place.folder, "repository");
  const node = join(place.folder, "node");
  const script = [
    `mkdir -p ${visible}`,
    `touch ${node}`,
    `mount --bind ${repository} ${visible}`,
    `mount --bind ${process.execPath} ${node}`,
    // The user may also not be allowed to enter the current directory.
    `cd ${place.folder}`,
    ...mounts,
    // POSIX: in blocks of 512 bytes.
    ...(largestFile === undefined ? [] : [`ulimit -f ${Math.floor(largestFile / 512)}`]),
    user === "ordinary"
      ? `exec setpriv --reuid ${ordinaryUser} --regid ${ordinaryUser} --clear-groups "$@"`
      : 'exec "$@"',
  ].join("\n");
  const visibleProgram = program.replace(repository, visible);
  const args = ["unshare", "--mount", "/bin/sh", "-ec", script, "sh", node, visibleProgram];
  return `process.execve("/usr/bin/unshare", ${JSON.stringify(args)}, process.env);`;
}
