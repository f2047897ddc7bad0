import assert from "node:assert/strict";
import { outcomeOfEvent, type RunOutcome } from "../../../../provider/agent/machine/run-outcome";
import { qmpEventSchema } from "../../../../provider/system/qmp/messages";

const hearing = (...lines: readonly string[]) => ({
  matches: (pattern: RegExp) => lines.some((line) => pattern.test(line)),
});
const shutdown = (reason: string, guest = true) => ({ event: "SHUTDOWN", data: { guest, reason } });
const diskError = (data: object) => ({
  event: "BLOCK_IO_ERROR",
  data: { device: "", operation: "write", action: "stop", reason: "Input/output error", ...data },
});

describe("outcomeOfEvent", () => {
  const endings: readonly (readonly [string, object, readonly string[], RunOutcome | undefined])[] =
    [
      ["a guest's own power-off", shutdown("guest-shutdown"), [], { kind: "powered off" }],
      [
        "a power-off after an old panic on the console",
        shutdown("guest-shutdown"),
        ["Kernel panic - not syncing: x"],
        { kind: "powered off" },
      ],
      ["a guest's reset", shutdown("guest-reset"), [], { kind: "reset" }],
      [
        "a reset after a panic, which is the panic",
        shutdown("guest-reset"),
        ["[ 1.2] Kernel panic - not syncing: VFS"],
        { kind: "panicked" },
      ],
      ["a shutdown for a panic", shutdown("guest-panic"), [], { kind: "panicked" }],
      [
        "the panic device",
        { event: "GUEST_PANICKED", data: { action: "poweroff" } },
        [],
        { kind: "panicked" },
      ],
      [
        "a signal to QEMU",
        shutdown("host-signal", false),
        [],
        { kind: "qemu died", reason: "QEMU was ended from outside (host-signal)" },
      ],
      [
        "QEMU's own quit",
        shutdown("host-qmp-quit", false),
        [],
        { kind: "qemu died", reason: "QEMU was ended from outside (host-qmp-quit)" },
      ],
      ["a full disk of the host", diskError({ nospace: true }), [], { kind: "host disk full" }],
      [
        "a full disk of the host, although only reported",
        diskError({ nospace: true, action: "report" }),
        [],
        { kind: "host disk full" },
      ],
      [
        "a disk error that stops the machine",
        diskError({ operation: "read" }),
        [],
        { kind: "disk error", reason: "read failed: Input/output error" },
      ],
      ["a bad sector that the guest hears of", diskError({ action: "report" }), [], undefined],
      ["a disk error that is ignored", diskError({ action: "ignore" }), [], undefined],
      [
        "a reset that goes on",
        { event: "RESET", data: { guest: true, reason: "guest-reset" } },
        [],
        undefined,
      ],
      ["a stop", { event: "STOP" }, [], undefined],
      ["a press of the power button", { event: "POWERDOWN" }, [], undefined],
    ];
  for (const [what, event, lines, outcome] of endings) {
    it(`means ${outcome?.kind ?? "nothing"} for ${what}`, () => {
      assert.deepEqual(outcomeOfEvent(qmpEventSchema.parse(event), hearing(...lines)), outcome);
    });
  }
});
