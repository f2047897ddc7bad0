import { randomBytes, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installArguments, type HostFacts, type MachineIdentity } from "../../plan/qemu-arguments";
import { makeSeed } from "../../formats/iso/seed";
import { seedFiles } from "../../plan/user-data/seed-files";
import { redactLog } from "../../system/files/log-excerpt";
import { stage, warn, type BuildFiles, type Installer, type KeyedBuild } from "../context";
import { outcomeError } from "../machine/outcome-error";
import { screenRecorder } from "../machine/screenshots";
import { mask, redactor, secretsOf } from "../redact";
import { rememberedStage } from "./stage";
import { runMachine, type MachineResult } from "../machine/virtual-machine";
import type { PreparedHost } from "./prepare-host";

/** Boots the installer on an empty disk and waits until it powers the machine off. */
export async function install(
  build: KeyedBuild,
  installer: Pick<Installer, "path" | "sha256">,
  files: BuildFiles,
  host: PreparedHost,
): Promise<void> {
  const seed = join(files.folder, "seed.iso");
  await stage(build, "seed", build.plan.timeouts.fetch, ({ signal }) =>
    makeSeed(seed, seedFiles(build.request.userData), signal),
  );
  try {
    const limitMinutes = scaledLimit(build.plan.timeouts.install, host);
    const { accelerator } = host;
    const run = { limitMinutes, installerSha256: installer.sha256, accelerator };
    await rememberedStage(build, "install", run, (limited) =>
      installFrom(
        { ...build, signal: limited.signal },
        { cds: [installer.path, seed], expected: "powered off" },
        files,
        host,
      ),
    );
  } finally {
    await rm(seed, { force: true });
  }
}

/** Limits hold under KVM; a translated guest gets three times as long. */
export function scaledLimit(minutes: number, host: Pick<PreparedHost, "accelerator">): number {
  return host.accelerator === "tcg" ? minutes * 3 : minutes;
}

/** What a machine installs from. */
export interface InstallMedia {
  /** The first one is booted. */
  readonly cds: readonly string[];
  /** How the guest is to end when it is done; a reset ends the machine as well. */
  readonly expected: "powered off" | "reset";
}

/** Runs the machine on an empty disk until the guest ends it. */
export async function installFrom(
  build: KeyedBuild,
  media: InstallMedia,
  files: BuildFiles,
  host: PreparedHost,
): Promise<void> {
  await rm(files.disk, { force: true });
  await writeFile(files.disk, "", { mode: 0o600 });
  await truncate(files.disk, build.plan.machine.diskSize);
  const end = await withMachine(build, files, host, "install", (facts, identity, serialLog) => ({
    arguments: installArguments(build.plan.machine, build.recipe, facts, identity, {
      disk: files.disk,
      cds: media.cds,
      serialLog,
    }),
    onWritten: (bytes) =>
      build.report({
        type: "progress",
        stage: "install",
        done: bytes,
        unit: "bytes",
        what: "written to the disk",
      }),
  }));
  if (end.outcome.kind === "no boot activity" && build.plan.machine.accelerator === "auto") {
    warn(build, "The guest showed no sign of life under KVM; it is started again under TCG.");
    const translated = await host.fallBackToTcg();
    return installFrom(build, media, files, { ...host, ...translated });
  }
  if (end.outcome.kind !== media.expected) {
    throw outcomeError("install", end, join(files.logs, "install-serial.log"), build.signal);
  }
}

interface MachineSetup {
  readonly arguments: readonly string[];
  readonly onWritten?: (bytes: number) => void;
  readonly until?: NonNullable<Parameters<typeof runMachine>[0]["until"]>;
}

/** What a report shows. */
const mostPictures = { install: 12, verify: 4 } as const;

/** Runs the machine once with sockets, firmware variables and an identity that nobody else has. */
export async function withMachine(
  build: KeyedBuild,
  files: Pick<BuildFiles, "logs">,
  host: PreparedHost,
  purpose: "install" | "verify",
  setUp: (facts: HostFacts, identity: MachineIdentity, serialLog: string) => MachineSetup,
): Promise<MachineResult> {
  await mkdir(files.logs, { recursive: true, mode: 0o700 });
  const socketDirectory = await mkdtemp(join(shortTemporaryFolder(), "stylus-image-"));
  const serialLog = join(files.logs, `${purpose}-serial.log`);
  const redact = redactor(secretsOf(build.request));
  const film = screenRecorder({
    folder: join(files.logs, `${purpose}-screens`),
    scratch: join(socketDirectory, "screen.ppm"),
    mostPictures: mostPictures[purpose],
  });
  try {
    await writeFile(serialLog, "", { mode: 0o600 });
    const uefi = await host.newFirmware(join(socketDirectory, "variables.fd"));
    const facts: HostFacts = { ...host, uefi, socketDirectory };
    return await runMachine({
      ...setUp(facts, newIdentity(), serialLog),
      socketDirectory,
      screenshot: join(files.logs, `${purpose}-screen`),
      stallSeconds: build.plan.timeouts.stall * 60 * (host.accelerator === "tcg" ? 2 : 1),
      ...(host.accelerator === "kvm" && { noBootActivitySeconds: 90 }),
      onLine: (line) => {
        if (line.includes(mask)) film.withhold();
        build.report({ type: "console", line });
      },
      recorder: film,
      redact,
      signal: build.signal,
    });
  } finally {
    await film.done();
    await rm(socketDirectory, { recursive: true, force: true });
    // QEMU writes the log itself, as the guest says it; a guest may say a token.
    await redactLog(serialLog, redact);
  }
}

/** A socket's path may have 107 bytes; some systems have longer temporary folders than that leaves. */
function shortTemporaryFolder(): string {
  return tmpdir().length <= 75 ? tmpdir() : "/tmp";
}

/** Unique for each run, so that what leaks from the build machine into an image can be told. */
function newIdentity(): MachineIdentity {
  // 52:54:00 is QEMU's own range.
  const mac = ["52:54:00", ...(randomBytes(3).toString("hex").match(/../g) ?? [])].join(":");
  return { uuid: randomUUID(), mac, serial: randomBytes(8).toString("hex") };
}
