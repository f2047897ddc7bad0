import type { InstallerMaterial } from "../../formats/format";
import { StylusError } from "../../base/errors";
import { findTools } from "../../system/process/tools";
import { isAdoption, noSourceError } from "../adoption";
import { warn, type KeyedBuild, type KnownInstaller } from "../context";
import { confirmInstaller, fetchInstaller } from "./fetch";
import { inspectInstaller } from "./inspect";

/** The installer itself, as the source of an artifact. */
export async function installerMaterial(
  build: KeyedBuild,
  known: KnownInstaller,
): Promise<InstallerMaterial> {
  if (isAdoption(build)) throw noSourceError(build);
  await findTools(["xorriso", "sfdisk", "mdir"], build.signal);
  const installer = known.file ?? (await fetchInstaller(build, known.sha256));
  await confirmInstaller(build, installer);
  const { kind, configurations } = await inspectInstaller(build, installer);
  if (kind === "generic") throw notKairosError();
  return {
    path: installer.path,
    kind,
    configurations: configurations.map(({ path }) => path),
    userData: build.request.userData,
    rootDirectory: build.request.rootDirectory,
    warn: (message) => warn(build, message),
  };
}

function notKairosError(): StylusError {
  return new StylusError("input.invalid", {
    what: "An iso cannot be made of this installer.",
    why: "It is not a Kairos installer, and it is not known where other installers read a configuration from their ISO.",
    next: 'Remove the format iso; if it is a Kairos installer, set `installer.kind` to "kairos".',
  });
}
