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
import { log, type BuildFiles, type KeyedBuild } from "../context";
import { readConsole, type Console } from "../machine/console";
import { outcomeError, withEvidence } from "../machine/outcome-error";
import { bootMachine } from "./boot-machine";
import {
  bootProof,
  genericBootError,
  nonceUserData,
  notActiveError,
  unexpectedConsoleError,
} from "./boot-proof";
import { letConfigurationReport } from "./change-overlay";
import {
  ignoredConfigurationError,
  loadedMessage,
  nothingRunError,
  reportedStages,
  type ConfigurationReports,
} from "./configuration-reports";
import type { PreparedHost } from "./prepare-host";
import { scaledLimit, timedStage } from "./stage";

/** A disk to boot, and the hardware of its machine. */
export interface BootedImage {
  /** What is booted. The boot of a base disk also shows that a Kairos system loads its own configuration. */
  readonly is: "base disk" | "artifact";
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
      const newOverlay = (): Promise<void> => makeOverlay(inStage, image, overlay);
      await newOverlay();
      const disks = { disk: image.path, overlay, newOverlay };
      const reports =
        kind === "kairos" && image.is === "base disk"
          ? await letConfigurationReport(inStage, folder, disks, newNonce("configuration"))
          : undefined;
      const files = { logs, overlay, seed, hardware: image.hardware, reports };
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
  /** Reports that the image's own configuration makes in the overlay. */
  readonly reports: ConfigurationReports | undefined;
}

function newNonce(name: string): string {
  return `stylus-image-${name}-${randomBytes(8).toString("hex")}`;
}

async function bootOnce(
  build: KeyedBuild,
  files: VerifyFiles,
  host: PreparedHost,
  kind: InstallerKind,
): Promise<void> {
  const isKairos = kind === "kairos";
  const nonces = { up: newNonce("verify"), over: newNonce("over") };
  // Another installer's system would take a CD labelled cidata for its own, in place of the image's user-data.
  const seed = isKairos ? files.seed : undefined;
  if (seed !== undefined) await makeSeed(seed, seedFiles(nonceUserData(nonces)), build.signal);
  const machine = { machineType: build.recipe.machineType, ...files.hardware };
  const found: { error: StylusError | undefined; consoles: readonly Console[] } = {
    error: undefined,
    consoles: [],
  };
  const result = await bootMachine(build, files, host, "verify", (facts, identity, serialLog) => ({
    arguments: verifyArguments(build.plan.machine, machine, facts, identity, {
      overlay: files.overlay,
      seed,
      serialLog,
    }),
    until: async (serial, signal, screen) => {
      const consoles = [serial, await listenToPort(facts.socketDirectory, signal)];
      found.consoles = consoles;
      // A system without a serial console says on its screen that it came up.
      const outputs = [...consoles, screen];
      if (!isKairos) {
        found.error = await genericBootError(build, outputs, signal);
        return;
      }
      found.error = notActiveError(await bootProof(outputs, nonces.up, signal));
      found.error ??= await unloadedError(build, consoles, files.reports, nonces.over, signal);
      found.error ??= await unexpectedConsoleError(build, outputs, signal);
    },
  }));
  const serialLog = join(files.logs, "verify-serial.log");
  const { kind: outcome } = result.outcome;
  if (outcome === "stalled" && files.reports !== undefined) {
    found.error = nothingRunError(found.consoles, files.reports);
  }
  if (outcome !== "satisfied" && found.error === undefined) {
    throw outcomeError("verify", result, serialLog, build.signal);
  }
  if (found.error !== undefined) throw withEvidence(found.error, result, serialLog);
}

/** Waits until the image's own configuration has reported; an error if the installed system did not load it. */
async function unloadedError(
  build: KeyedBuild,
  consoles: readonly Console[],
  reports: ConfigurationReports | undefined,
  over: string,
  signal: AbortSignal,
): Promise<StylusError | undefined> {
  if (reports === undefined) return undefined;
  const pattern = new RegExp(`${over} .* ${over}`);
  const error = await ignoredConfigurationError(consoles, reports, pattern, signal);
  if (error === undefined) log(build, loadedMessage(reportedStages(consoles, reports), reports));
  return error;
}

/** The virtio port that the image also writes to, because its kernel may lack a serial console. */
async function listenToPort(folder: string, signal: AbortSignal): Promise<Console> {
  const socket = await connectSocket(join(folder, sockets.verify), { signal, seconds: 30 });
  signal.addEventListener("abort", () => socket.destroy(), { once: true });
  return readConsole(socket, { onLine: () => undefined, redact: (text) => text });
}
