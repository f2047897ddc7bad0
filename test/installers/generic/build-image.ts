import { execa } from "execa";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { runCli, type Ended } from "../../real/cli/compiled-cli";

type Variant = "default" | "silent" | "waits" | "silent-waits";

/** A login user of the image; the password is typed at its console. */
export const imageUser = { name: "alice", password: "correct-horse-7" };

/** Printed to the console by `runcmd` of the user-data, with the content of a file that `write_files` made. */
export const shownByUserData = /the user-data says hello/;

const userData = `#cloud-config
hostname: image-1
write_files:
  - path: /etc/greeting
    content: hello
runcmd:
  - echo "the user-data says $(cat /etc/greeting)" >/dev/console
`;

/** Writes the installer's ISO. */
export async function makeInstaller(folder: string, variant: Variant = "default"): Promise<string> {
  const iso = join(folder, `${variant}.iso`);
  await execa(join(__dirname, "build.sh"), ["--output", iso, "--variant", variant], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  return iso;
}

/** Builds a qcow2 from the installer with the compiled command line. */
export async function buildImage(
  folder: string,
  installer: string,
  more: readonly string[] = [],
): Promise<Ended> {
  await writeFile(join(folder, "password"), `${imageUser.password}\n`);
  await writeFile(join(folder, "user-data.yaml"), userData);
  return runIn(folder, [
    ...["build", "--installer", installer, "--kind", "generic", "--json"],
    ...["--user", imageUser.name, "--password-file", "password", "--user-data", "user-data.yaml"],
    ...["--disk-size", "2GiB", "--memory", "1GiB", "--cpus", "2", "--accelerator", "tcg"],
    ...["--qcow2-compression", "zstd", "--expect", shownByUserData.source, "--to", "images"],
    ...more,
  ]);
}

/** Runs the command line with a cache of its own. */
export function runIn(folder: string, args: readonly string[]): Promise<Ended> {
  return runCli(args, { cwd: folder, env: { XDG_CACHE_HOME: join(folder, "cache") } });
}

const resultSchema = z.object({ artifacts: z.tuple([z.object({ url: z.string() })]) });

/** The path of the one file that a command published to a folder. */
export function publishedFile({ stdout }: Pick<Ended, "stdout">): string {
  return new URL(resultSchema.parse(JSON.parse(stdout)).artifacts[0].url).pathname;
}
