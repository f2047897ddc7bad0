import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { GiB } from "../../base/size";
import type { JsonMap } from "../../base/json";
import { sockets, verifyArguments, verifyPort, type Hardware } from "../../plan/qemu-arguments";
import { StylusError } from "../../base/errors";
import type { InstallerKind } from "../../schema/names";
import { connectSocket } from "../../system/qmp/socket";
import { run } from "../../system/process/run";
import { pause } from "../../base/cancellation";
import type { BuildFiles, KeyedBuild } from "../context";
import { readConsole, type Console } from "../machine/console";
import { outcomeError, withEvidence } from "../machine/outcome-error";
import { scaledLimit, withMachine } from "./install";
import type { PreparedHost } from "./prepare-host";
import { rememberedStage } from "./stage";
import { makeSeed } from "../../formats/iso/seed";
import { seedFiles } from "../../plan/user-data/seed-files";

/** A disk that is to be booted, and in which machine. */
export interface BootedImage {
  readonly path: string;
  readonly driver: "raw" | "qcow2" | "vmdk" | "vpc";
  readonly hardware: Hardware;
  /** What installed it, where that is known: how long it takes to come up is remembered under it. */
  readonly installerSha256?: string | undefined;
}

/** Boots a disk once through a throwaway overlay and waits until the installed system says the nonce. */
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
    const run = { limitMinutes, installerSha256: image.installerSha256, accelerator };
    await rememberedStage(build, "verify", run, async (limited) => {
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

/** A gibibyte larger than the disk, so that the boot also proves that the persistent partition grows. */
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
  const nonce = `stylus-image-verify-${randomBytes(8).toString("hex")}`;
  await makeSeed(files.seed, seedFiles(nonceUserData(nonce)), build.signal);
  const serialLog = join(files.logs, "verify-serial.log");
  const fault: { error: StylusError | undefined } = { error: undefined };
  const machine = { machineType: build.recipe.machineType, ...files.hardware };
  const end = await withMachine(build, files, host, "verify", (facts, identity, log) => ({
    arguments: verifyArguments(build.plan.machine, machine, facts, identity, {
      overlay: files.overlay,
      seed: files.seed,
      serialLog: log,
    }),
    until: async (serial, signal) => {
      const port = await listenToPort(facts.socketDirectory, signal);
      const consoles = [serial, port];
      const proof = await bootProof(consoles, kind === "kairos" ? nonce : undefined, signal);
      fault.error = kind === "kairos" ? notActive(proof) : undefined;
      fault.error ??= await unexpected(build, consoles, signal);
    },
  }));
  if (end.outcome.kind !== "satisfied") throw outcomeError("verify", end, serialLog, build.signal);
  if (fault.error !== undefined) throw withEvidence(fault.error, end, serialLog);
}

/**
 * Runs at the boot of a Kairos system only; written to both ports, because either may be missing. The nonce stands at
 * both ends, because a console brings a line piece by piece.
 */
function nonceUserData(nonce: string): JsonMap {
  const ports = `/dev/ttyS0 /dev/virtio-ports/${verifyPort}`;
  const say = `for port in ${ports}; do [ -c "$port" ] && printf '\\n%s %s %s\\n' "${nonce}" "$(cat /proc/cmdline)" "${nonce}" > "$port"; done; true`;
  return { stages: { boot: [{ name: "Say that the image came up", commands: [say] }] } };
}

/** The image's own line with the nonce and its kernel's command line, or of another system the login prompt. */
export async function bootProof(
  consoles: readonly Pick<Console, "firstMatch">[],
  nonce: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const sign = nonce === undefined ? /login:/ : new RegExp(`${nonce} .* ${nonce}`);
  for (;;) {
    for (const console of consoles) {
      const line = console.firstMatch(sign);
      if (line !== undefined) return line;
    }
    await pause(250, signal);
  }
}

/** GRUB falls back from the active to the passive and the recovery system, which come up as well. */
function notActive(proof: string): StylusError | undefined {
  if (/\bCOS_ACTIVE\b/.test(proof)) return undefined;
  return new StylusError("verify.not-active", {
    what: "The image came up, but not from its active system.",
    why: `Its boot loader fell back to another one, because the active system does not boot: ${proof}`,
    next: "Look at the console for what the active system said; install again.",
  });
}

async function unexpected(
  build: KeyedBuild,
  consoles: readonly Console[],
  signal: AbortSignal,
): Promise<StylusError | undefined> {
  const { expect } = build.plan.verify;
  if (expect === undefined) return undefined;
  const wanted = new RegExp(expect);
  const until = performance.now() + build.plan.timeouts.stall * 60_000;
  while (performance.now() < until) {
    if (consoles.some((console) => console.matches(wanted))) return undefined;
    await pause(250, signal);
  }
  return new StylusError("verify.unexpected-console", {
    what: `The image came up, but its console never matched \`verify.expect\` (${expect}) within ${build.plan.timeouts.stall} minutes.`,
    next: "Look at the console; correct the expression or the user-data.",
  });
}

/** The image speaks on a port of its own too, in case its kernel has no serial console. */
async function listenToPort(folder: string, signal: AbortSignal): Promise<Console> {
  const socket = await connectSocket(join(folder, sockets.verify), { signal, seconds: 30 });
  signal.addEventListener("abort", () => socket.destroy(), { once: true });
  return readConsole(socket, { onLine: () => undefined, redact: (text) => text });
}
