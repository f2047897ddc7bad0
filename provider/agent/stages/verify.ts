import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { StylusError } from "../../base/errors";
import { GiB } from "../../base/size";
import { makeSeed } from "../../formats/iso/seed";
import { sockets, verifyArguments, type Hardware } from "../../plan/qemu-arguments";
import { seedFiles } from "../../plan/user-data/seed-files";
import type { InstallerKind } from "../../schema/names";
import { run } from "../../system/process/run";
import { connectSocket } from "../../system/qmp/socket";
import type { BuildFiles, KeyedBuild } from "../context";
import { readConsole, type Console } from "../machine/console";
import { outcomeError, withEvidence } from "../machine/outcome-error";
import { bootMachine } from "./boot-machine";
import { bootProof, nonceUserData, notActiveError, unexpectedConsoleError } from "./boot-proof";
import type { PreparedHost } from "./prepare-host";
import { scaledLimit, timedStage } from "./stage";

/** A disk to boot, and the hardware of its machine. */
export interface BootedImage {
  readonly path: string;
  readonly driver: "raw" | "qcow2" | "vmdk" | "vpc";
  readonly hardware: Hardware;
  /** The installer of the disk, if known: the duration of a boot is recorded under it. */
  readonly installerSha256?: string | undefined;
}

/** Boots a disk once through a temporary overlay and waits until the installed system prints the nonce. */
export async function verifyByBooting(
  build: KeyedBuild,
  { folder, logs }: Pick<BuildFiles, "folder" | "logs">,
  image: BootedImage,
  host: PreparedHost,
  kind: InstallerKind,
): Promise<void> {
  const overlay = join(folder, "overlay.qcow2");
  const seed = join(folder, "verify-seed.iso");
  try {
    const limitMinutes = scaledLimit(build.plan.timeouts.verify, host);
    const { accelerator } = host;
    const conditions = { limitMinutes, installerSha256: image.installerSha256, accelerator };
    await timedStage(build, "verify", conditions, async (limited) => {
      build.journal.describeStage("a boot of what is to be published");
      const inStage = { ...build, signal: limited.signal };
      await makeOverlay(inStage, image, overlay);
      const files = { logs, overlay, seed, hardware: image.hardware };
      await bootOnce(inStage, files, host, kind);
    });
  } finally {
    await rm(overlay, { force: true });
    await rm(seed, { force: true });
  }
}

/** One GiB larger than the disk, so that the boot also shows that the persistent partition grows. */
async function makeOverlay(
  build: KeyedBuild,
  { path, driver }: BootedImage,
  overlay: string,
): Promise<void> {
  const size = String(build.plan.machine.diskSize + GiB);
  const args = ["create", "-q", "-f", "qcow2", "-F", driver, "-b", path, overlay, size];
  await run("qemu-img", args, { signal: build.signal, code: "internal" });
}

interface VerifyFiles {
  readonly logs: string;
  readonly overlay: string;
  readonly seed: string;
  readonly hardware: Hardware;
}

async function bootOnce(
  build: KeyedBuild,
  files: VerifyFiles,
  host: PreparedHost,
  kind: InstallerKind,
): Promise<void> {
  const isKairos = kind === "kairos";
  const nonce = `stylus-image-verify-${randomBytes(8).toString("hex")}`;
  // Another installer's system would take a CD labelled cidata for its own, in place of the image's user-data.
  const seed = isKairos ? files.seed : undefined;
  if (seed !== undefined) await makeSeed(seed, seedFiles(nonceUserData(nonce)), build.signal);
  const machine = { machineType: build.recipe.machineType, ...files.hardware };
  const found: { error: StylusError | undefined } = { error: undefined };
  const result = await bootMachine(build, files, host, "verify", (facts, identity, serialLog) => ({
    arguments: verifyArguments(build.plan.machine, machine, facts, identity, {
      overlay: files.overlay,
      seed,
      serialLog,
    }),
    until: async (serial, signal) => {
      const consoles = [serial, await listenToPort(facts.socketDirectory, signal)];
      const signs = isKairos ? { nonce } : { expect: build.plan.verify.expect };
      const proof = await bootProof(consoles, signs, signal);
      found.error = isKairos ? notActiveError(proof) : undefined;
      found.error ??= await unexpectedConsoleError(build, consoles, signal);
    },
  }));
  const serialLog = join(files.logs, "verify-serial.log");
  if (result.outcome.kind !== "satisfied") {
    throw outcomeError("verify", result, serialLog, build.signal);
  }
  if (found.error !== undefined) throw withEvidence(found.error, result, serialLog);
}

/** The virtio port that the image also writes to, because its kernel may lack a serial console. */
async function listenToPort(folder: string, signal: AbortSignal): Promise<Console> {
  const socket = await connectSocket(join(folder, sockets.verify), { signal, seconds: 30 });
  signal.addEventListener("abort", () => socket.destroy(), { once: true });
  return readConsole(socket, { onLine: () => undefined, redact: (text) => text });
}
