import assert from "node:assert/strict";
import { outcomeError, withEvidence } from "../../../../provider/agent/machine/outcome-error";
import type { RunOutcome } from "../../../../provider/agent/machine/run-outcome";
import type { MachineResult } from "../../../../provider/agent/machine/virtual-machine";
import { StylusError, type ErrorCode } from "../../../../provider/base/errors";

const resultOf = (
  outcome: RunOutcome,
  lines: readonly string[] = ["line one", "line two"],
): MachineResult => ({
  outcome,
  console: {
    bytesReceived: () => 1,
    news: () => 1,
    lines: () => lines,
    openLine: () => undefined,
    tail: () => lines.join("\n"),
    firstMatch: (pattern) => lines.find((line) => pattern.test(line)),
    matches: (pattern) => lines.some((line) => pattern.test(line)),
    send: () => undefined,
  },
  screenshot: "/l/screen.png",
  screenTail: "",
});
const quiet = new AbortController().signal;
const died: RunOutcome = { kind: "qemu died", reason: "signal SIGKILL" };
const diskError: RunOutcome = { kind: "disk error", reason: "write failed: Input/output error" };

type Row = readonly [RunOutcome, ErrorCode, RegExp];
const tables: Readonly<Record<"install" | "verify", readonly Row[]>> = {
  install: [
    [{ kind: "reset" }, "install.rebooted", /rebooted instead of powering off/],
    [{ kind: "panicked" }, "install.panicked", /kernel panicked.*memory/],
    [{ kind: "halted" }, "install.halted", /halted.*install\.poweroff/],
    [{ kind: "stalled" }, "install.stalled", /stalled: no activity.*timeouts\.stall/],
    [{ kind: "no boot activity" }, "install.stalled", /no activity on the console/],
    [{ kind: "host disk full" }, "host.disk-full", /during the install.*cache prune/],
    [diskError, "install.io-error", /write failed: Input\/output error.*dmesg/],
    [died, "install.qemu-died", /during the install: signal SIGKILL.*machine\.memory/],
  ],
  verify: [
    [{ kind: "reset" }, "verify.rebooted", /reset the machine.*not published/],
    [{ kind: "panicked" }, "verify.not-booting", /\(the machine panicked\).*verify\.boot: false/],
    [{ kind: "halted" }, "verify.not-booting", /\(the machine halted\)/],
    [{ kind: "stalled" }, "verify.not-booting", /\(the machine stalled\)/],
    [{ kind: "no boot activity" }, "verify.not-booting", /\(the machine showed no boot activity\)/],
    [{ kind: "powered off" }, "verify.not-booting", /\(the machine powered off\)/],
    [{ kind: "host disk full" }, "host.disk-full", /during the verification/],
    [diskError, "install.io-error", /write failed/],
    [died, "install.qemu-died", /during the verification: signal SIGKILL/],
  ],
};

for (const purpose of ["install", "verify"] as const) {
  describe(`outcomeError of ${purpose}`, () => {
    for (const [outcome, code, text] of tables[purpose]) {
      it(`is ${code} for ${outcome.kind}, with cause, next step, console and files`, () => {
        const error = outcomeError(purpose, resultOf(outcome), "/l/serial.log", quiet);
        assert.equal(error.code, code);
        assert.match(error.message.replaceAll("\n", " "), text);
        const { what, why, next, tail, files } = error.details;
        for (const sentence of [what, why, next]) assert.match(sentence ?? "", /^\S.*\.$/);
        assert.equal(tail, "line one\nline two");
        assert.deepEqual(files, ["/l/serial.log", "/l/screen.png"]);
      });
    }

    it("turns an abort into the cancel error, without files", () => {
      const error = outcomeError(
        purpose,
        resultOf({ kind: "aborted" }),
        "/l/s",
        AbortSignal.abort(),
      );
      assert.equal(error.code, "build.cancelled");
      assert.equal(error.details.files, undefined);
    });

    it("turns an abort by a time limit into that limit's error, with console and files", () => {
      const limit = new StylusError("install.timed-out", { what: "Too long.", next: "Raise it." });
      const error = outcomeError(
        purpose,
        resultOf({ kind: "aborted" }),
        "/l/s",
        AbortSignal.abort(limit),
      );
      assert.equal(error.code, "install.timed-out");
      assert.equal(error.details.tail, "line one\nline two");
      assert.deepEqual(error.details.files, ["/l/s", "/l/screen.png"]);
    });
  });
}

describe("outcomeError of an install whose disk is full", () => {
  for (const line of [
    "cp: write error: No space left on device",
    "rsync: ENOSPC",
    "the disk is full",
  ]) {
    for (const how of ["stalled", "reset", "halted", "panicked"] as const) {
      it(`reports it if the console has "${line}", however the guest ended (${how})`, () => {
        const error = outcomeError("install", resultOf({ kind: how }, [line]), "/l/s", quiet);
        assert.equal(error.code, "install.disk-full");
        assert.match(error.message, /Raise `machine\.diskSize`/);
      });
    }
  }
  for (const [how, outcome] of [
    ["stalled", { kind: "stalled" }],
    [
      "waits, which its screen says",
      { kind: "waiting", words: { wait: "full disk", line: "No space left" }, shownOn: "screen" },
    ],
  ] as const) {
    it(`names the disk and the memory as causes (${how})`, () => {
      const lines = how === "stalled" ? ["No space left on device"] : [];
      const { details } = outcomeError("install", resultOf(outcome, lines), "/l/s", quiet);
      assert.match(`${details.why} ${details.next}`, /`machine\.diskSize`.*`machine\.memory`/);
    });
  }
  it("names the host's disk if that one is full", () => {
    const end = resultOf({ kind: "host disk full" }, ["No space left on device"]);
    assert.equal(outcomeError("install", end, "/l/s", quiet).code, "host.disk-full");
  });
});

describe("outcomeError of a machine that waits", () => {
  const waiting = (line: string): RunOutcome => ({
    kind: "waiting",
    words: { wait: "answer", line },
    shownOn: "screen",
  });
  it("quotes what it says", () =>
    assert.match(
      outcomeError("install", resultOf(waiting("Continue?")), "/l/s", quiet).message,
      /waits for an answer: "Continue\?"\./,
    ));
  for (const purpose of ["install", "verify"] as const) {
    it(`quotes nothing that could not be read for certain (${purpose})`, () =>
      assert.match(
        outcomeError(purpose, resultOf(waiting("")), "/l/s", quiet).message,
        /a line of the screen that could not be read for certain/,
      ));
  }
});

describe("withEvidence", () => {
  const error = new StylusError("verify.not-active", { what: "A.", next: "B.", cause: "c" });
  it("names only the log if there is no screenshot", () => {
    const end = { ...resultOf({ kind: "satisfied" }), screenshot: undefined };
    assert.deepEqual(withEvidence(error, end, "/l/s").details.files, ["/l/s"]);
  });
  it("keeps code, texts and cause", () => {
    const { code, cause, details } = withEvidence(error, resultOf({ kind: "satisfied" }), "/l/s");
    assert.deepEqual(
      [code, cause, details.what, details.next],
      ["verify.not-active", "c", "A.", "B."],
    );
  });
});
