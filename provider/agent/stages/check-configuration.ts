import { StylusError } from "../../base/errors";
import { configurationFile, oemLabel } from "../../plan/installed-system";
import { installedProblems } from "../../plan/user-data/installed-problems";
import { listExt, readExtFile } from "../../system/disk/ext";
import { findFileSystem } from "../../system/disk/partitions";
import { warn, type KeyedBuild } from "../context";

/**
 * Checks every configuration file that the installed system reads from `/oem` by the rules for user-data. The installed
 * configuration holds that of the installer's ISO too, which no check saw before. A bad file of another writer is a
 * warning: the boot tells whether anything of the image's own is lost.
 */
export async function configurationError(
  build: KeyedBuild,
  disk: string,
): Promise<StylusError | undefined> {
  const oem = await findFileSystem(disk, oemLabel, build.signal);
  if (oem === undefined) return undefined;
  const files = await listExt(disk, oem.start, build.signal);
  for (const { path } of files.filter((file) => /^[^"\n]+\.ya?ml$/.test(file.path))) {
    const text = await readExtFile(disk, oem.start, path, build.signal);
    const problems = installedProblems(text ?? "");
    const [first] = problems;
    if (first === undefined) continue;
    const name = `/oem${path}`;
    if (path === configurationFile) {
      return new StylusError("verify.configuration-ignored", {
        what: `The installed system would not load the image's configuration (${name}): it drops all stages of a file in which one value has a wrong type.`,
        why: "The user-data was checked before the install, so the value comes from the configuration on the installer's ISO, or the installer wrote it in another way.",
        next: "Correct it on the ISO, or use an installer without a configuration of its own.",
        problems: problems.map(({ path: at, reason }) => ({ path: at || name, reason })),
      });
    }
    const at = first.path === "" ? "" : `${first.path} `;
    warn(build, `The installed system may ignore ${name} on ${oemLabel}: ${at}${first.reason}.`);
  }
  return undefined;
}
