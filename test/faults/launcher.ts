import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ordinaryUser, type Place } from "./place";

const repository = join(__dirname, "..", "..");
/** As the package ships it: `npm run build` makes it. */
const agent = join(repository, "dist", "provider", "agent", "main.js");
/** The tests' own, all of which is the package's but the making of a disk. */
const agentWithoutQemu = join(repository, "test", "contract", "agent.cjs");

/** What an agent finds around it. */
export interface Surroundings {
  /** Folders that come first on PATH. */
  readonly path?: readonly string[] | undefined;
  /** Shell commands, run in a mount namespace of the agent's own before it starts. */
  readonly mounts?: readonly string[] | undefined;
  readonly user?: "root" | "ordinary" | undefined;
  /** Bytes that a file which the agent or its tools write may have. */
  readonly largestFile?: number | undefined;
  /** `without QEMU` makes a disk in a moment; each one adds a line to `disks.log` in the place's folder. */
  readonly agent?: "the package's" | "without QEMU" | undefined;
}

/** A program for `localHost` that becomes the agent, or a process that does, in these surroundings. */
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

/** One process all the way, by execve, so that who ends the launcher ends the agent. */
function becomeUnshared(
  place: Place,
  { mounts = [], user, largestFile }: Surroundings,
  program: string,
): string {
  // The repository and its node may lie in a home that no other user can enter.
  const visible = join(place.folder, "repository");
  const node = join(place.folder, "node");
  const script = [
    `mkdir -p ${visible}`,
    `touch ${node}`,
    `mount --bind ${repository} ${visible}`,
    `mount --bind ${process.execPath} ${node}`,
    // Nor may that user be where this process is.
    `cd ${place.folder}`,
    ...mounts,
    // In blocks of 512 bytes, as POSIX says.
    ...(largestFile === undefined ? [] : [`ulimit -f ${Math.floor(largestFile / 512)}`]),
    user === "ordinary"
      ? `exec setpriv --reuid ${ordinaryUser} --regid ${ordinaryUser} --clear-groups "$@"`
      : 'exec "$@"',
  ].join("\n");
  const visibleProgram = program.replace(repository, visible);
  const args = ["unshare", "--mount", "/bin/sh", "-ec", script, "sh", node, visibleProgram];
  return `process.execve("/usr/bin/unshare", ${JSON.stringify(args)}, process.env);`;
}
