import { resolve } from "node:path";
import type { IsoBoot } from "./boot";
import type { IsoFile } from "./tree";
import { run } from "../process/run";

/**
 * Whether an ISO without a separate kernel is a Kairos Trusted Boot installer: by the label that kairos-agent looks for,
 * or by the unified kernel images in its EFI boot image.
 */
export async function isTrustedBoot(
  path: string,
  boot: IsoBoot,
  files: readonly IsoFile[],
  signal: AbortSignal,
): Promise<boolean> {
  if (boot.volumeLabel === "UKI_ISO_INSTALL") return true;
  const unified = /^\/EFI\/(kairos|Linux)\/[^/]+\.efi$/i;
  if (files.some((file) => unified.test(file.path))) return true;
  if (boot.efiImageOffset === undefined) return false;
  const image = `${resolve(path)}@@${boot.efiImageOffset}`;
  const options = { signal, env: { MTOOLS_SKIP_CHECK: "1" }, accepted: [0, 1] };
  const { stdout } = await run("mdir", ["-b", "-i", image, "-/", "::/EFI"], {
    ...options,
    code: "installer.not-bootable",
  });
  return stdout.split("\n").some((row) => unified.test(row.replace(/^::/, "").trim()));
}
