import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ordinaryUser, type Place } from "./place";

const repository = join(__dirname, "..", "..");
/** As the package ships it: `npm run build` makes it. */
const agent = join(repository, "dist", "provider", "build", "agent.js");

/** What an agent finds around it. */
export interface Surroundings {
  /** Folders that come first on PATH. */
  readonly path?: readonly string[] | undefined;
  /** Shell commands, run in a mount namespace of the agent's own before it starts. */
  readonly mounts?: readonly string[] | undefined;
  readonly user?: "root" | "ordinary" | undefined;
}

/** A program for `localHost` that becomes the agent, or a process that does, in these surroundings. */
export async function writeLauncher(place: Place, around: Surroundings = {}): Promise<string> {
  const path = join(place.folder, `agent-${crypto.randomUUID()}.js`);
  const start =
    around.user === "ordinary" || around.mounts !== undefined
      ? becomeUnshared(place, around)
      : `require(${JSON.stringify(agent)});`;
  await writeFile(path, [...environment(place, around), start, ""].join("\n"), { mode: 0o644 });
  return path;
}

function environment(place: Place, { path = [] }: Surroundings): string[] {
  return [
    `process.env.TMPDIR = ${JSON.stringify(place.temporary)};`,
    ...path.map(
      (folder) => `process.env.PATH = ${JSON.stringify(`${folder}:`)} + process.env.PATH;`,
    ),
  ];
}

/** One process all the way, by execve, so that who ends the launcher ends the agent. */
function becomeUnshared(place: Place, { mounts = [], user }: Surroundings): string {
  // The repository and its node may lie in a home that no other user can enter.
  const visible = join(place.folder, "repository");
  const node = join(place.folder, "node");
  const script = [
    `mkdir -p ${visible}`,
    `touch ${node}`,
    `mount --bind ${repository} ${visible}`,
    `mount --bind ${process.execPath} ${node}`,
    ...mounts,
    user === "ordinary"
      ? `exec setpriv --reuid ${ordinaryUser} --regid ${ordinaryUser} --clear-groups "$@"`
      : 'exec "$@"',
  ].join("\n");
  const program = agent.replace(repository, visible);
  const args = ["unshare", "--mount", "/bin/sh", "-ec", script, "sh", node, program];
  return `process.execve("/usr/bin/unshare", ${JSON.stringify(args)}, process.env);`;
}
