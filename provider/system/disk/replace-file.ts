import { basename } from "node:path";
import { StylusError } from "../../base/errors";
import { toolError } from "../process/run";
import { debugfs, readExtFile } from "./ext";

/**
 * Gives a file in the root folder of an ext file system another content. Its mode and owner stay. `image` is a file
 * with the file system alone, and `content` the path of a file; neither path may hold a quote or a line break.
 */
export async function replaceExtFile(
  image: string,
  name: string,
  content: { readonly path: string; readonly text: string },
  signal: AbortSignal,
): Promise<void> {
  const { stdout } = await debugfs(["-R", `stat "${name}"`, image], "", signal);
  const [, mode] = /\bMode:\s+(\d+)/.exec(stdout) ?? [];
  const [, user, group] = /\bUser:\s+(\d+)\s+Group:\s+(\d+)/.exec(stdout) ?? [];
  const commands = [
    `rm "${name}"`,
    `write "${content.path}" "${basename(name)}"`,
    `sif "${name}" mode 010${mode}`,
    `sif "${name}" uid ${user}`,
    `sif "${name}" gid ${group}`,
  ];
  const { exitCode, stderr } = await debugfs(
    ["-w", "-f", "-", image],
    `${commands.join("\n")}\n`,
    signal,
  );
  // debugfs ends with 0 also if a command failed.
  if ((await readExtFile(image, 0, name, signal)) === content.text) return;
  const end = { exitCode, stderr, signal: undefined, failure: undefined };
  const failure = toolError("debugfs", end, { code: "internal" });
  // Of the build host: a full file system in `image` is "Could not allocate block in ext2 filesystem".
  if (failure.code === "host.disk-full") throw failure;
  throw new StylusError("internal", {
    what: `\`debugfs\` could not write ${name} into a copy of the installed system's file system.`,
    next: "Read the tool's last output below; report it as a defect of pulumi-stylus-image.",
    tail: stderr,
  });
}
