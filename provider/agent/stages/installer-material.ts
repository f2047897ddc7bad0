import type { InstallerMaterial } from "../../formats/format";
import { StylusError } from "../../base/errors";
import { findTools } from "../../system/process/tools";
import { isAdoption, neverInstalled } from "../identify";
import { warn, type KeyedBuild, type KnownInstaller } from "../context";
import { confirmInstaller, fetchInstaller } from "./fetch";
import { inspectInstaller } from "./inspect";

/** The installer itself as what an artifact is made from. */
export async function installerMaterial(
  build: KeyedBuild,
  known: KnownInstaller,
): Promise<InstallerMaterial> {
  if (isAdoption(build)) throw neverInstalled(build);
  await findTools(["xorriso", "sfdisk", "mdir"], build.signal);
  const installer = known.file ?? (await fetchInstaller(build, known.sha256));
  await confirmInstaller(build, installer);
  const { kind, configurations } = await inspectInstaller(build, installer);
  if (kind === "generic") throw unknownReader();
  return {
    path: installer.path,
    kind,
    configurations: configurations.map(({ path }) => path),
    userData: build.request.userData,
    rootDirectory: build.request.rootDirectory,
    warn: (message) => warn(build, message),
  };
}

function unknownReader(): StylusError {
  return new StylusError("input.invalid", {
    what: "An iso cannot be made of this installer.",
    why: "It is no Kairos installer, and where another one reads its configuration on its own medium is not known.",
    next: "Leave the format iso out; where it is one of Kairos after all, say so with `installer.kind`.",
  });
}
