import { randomBytes, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostFacts, MachineIdentity } from "../../plan/qemu-arguments";
import { redactLog } from "../../system/files/log-excerpt";
import type { BuildFiles, KeyedBuild } from "../context";
import { screenRecorder } from "../machine/screen-recorder";
import { runMachine, type MachineResult, type MachineRun } from "../machine/virtual-machine";
import { mask, redactor, secretsOf } from "../redact";
import type { PreparedHost } from "./prepare-host";

/** The differences between the machine of an install and that of a verification. */
type MachineSetup = Pick<MachineRun, "arguments" | "onWritten" | "until" | "askStalled">;

/** The report shows at most so many screenshots of a run. */
const mostScreenshots = { install: 12, verify: 4 } as const;

/** So long a guest must be silent until its last words count, such as a question that it asks. */
const waitSeconds = 20;

/** Runs a machine once, with its own sockets, firmware variables and identity. */
export async function bootMachine(
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
  const recorder = screenRecorder({
    folder: join(files.logs, `${purpose}-screens`),
    scratch: join(socketDirectory, "screen.ppm"),
    mostScreenshots: mostScreenshots[purpose],
  });
  // A guest in an emulated processor is slower to answer.
  const slowness = host.accelerator === "tcg" ? 2 : 1;
  try {
    await writeFile(serialLog, "", { mode: 0o600 });
    await rm(join(files.logs, `${purpose}-screen.txt`), { force: true });
    const uefi = await host.newFirmware(join(socketDirectory, "variables.fd"));
    const facts: HostFacts = { ...host, uefi, socketDirectory };
    return await runMachine({
      ...setUp(facts, newIdentity(), serialLog),
      socketDirectory,
      screenshotPrefix: join(files.logs, `${purpose}-screen`),
      stallSeconds: build.plan.timeouts.stall * 60 * slowness,
      waitSeconds: waitSeconds * slowness,
      // The installed system may print them, and come up all the same.
      ...(purpose === "verify" && { ignoredWaits: ["refusal", "full disk"] }),
      ...(host.accelerator === "kvm" && { noBootActivitySeconds: 90 }),
      onLine: (line) => {
        if (line.includes(mask)) recorder.withhold();
        build.report({ type: "console", line });
      },
      recorder,
      redact,
      signal: build.signal,
    });
  } finally {
    await recorder.done();
    await rm(socketDirectory, { recursive: true, force: true });
    // QEMU writes this log itself, with every secret that the guest printed.
    await redactLog(serialLog, redact);
  }
}

/** A folder whose path leaves room for a socket's name: a socket's path may have 107 bytes. */
function shortTemporaryFolder(): string {
  return tmpdir().length <= 75 ? tmpdir() : "/tmp";
}

/** Unique for each run, so that traces of the build machine in an image can be recognised. */
function newIdentity(): MachineIdentity {
  // 52:54:00 is QEMU's own range.
  const mac = ["52:54:00", ...(randomBytes(3).toString("hex").match(/../g) ?? [])].join(":");
  return { uuid: randomUUID(), mac, serial: randomBytes(8).toString("hex") };
}
