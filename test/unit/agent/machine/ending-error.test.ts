import assert from "node:assert/strict";
import { endingError, withEvidence } from "../../../../provider/agent/machine/ending-error";
import type { Ending } from "../../../../provider/agent/machine/ending";
import type { MachineEnd } from "../../../../provider/agent/machine/virtual-machine";
import { StylusError, type ErrorCode } from "../../../../provider/base/errors";

const endOf = (
  ending: Ending,
  lines: readonly string[] = ["line one", "line two"],
): MachineEnd => ({
  ending,
  console: {
    heard: () => 1,
    tail: () => lines.join("\n"),
    find: (pattern) => lines.find((line) => pattern.test(line)),
    said: (pattern) => lines.some((line) => pattern.test(line)),
    type: () => undefined,
  },
  screenshot: "/l/screen.png",
});
const quiet = new AbortController().signal;
const died: Ending = { how: "qemu died", reason: "signal SIGKILL" };
const diskError: Ending = { how: "disk error", reason: "write failed: Input/output error" };

type Row = readonly [Ending, ErrorCode, RegExp];
const tables: Readonly<Record<"install" | "verify", readonly Row[]>> = {
  install: [
    [{ how: "reset" }, "install.rebooted", /rebooted instead of powering off/],
    [{ how: "panicked" }, "install.panicked", /kernel panicked.*memory/],
    [{ how: "halted" }, "install.halted", /halted.*install\.poweroff/],
    [{ how: "stalled" }, "install.stalled", /no sign of life.*timeouts\.stall/],
    [{ how: "lifeless" }, "install.stalled", /no sign of life/],
    [{ how: "host disk full" }, "host.disk-full", /during the install.*cache prune/],
    [diskError, "install.io-error", /write failed: Input\/output error.*dmesg/],
    [died, "install.qemu-died", /during the install: signal SIGKILL.*machine\.memory/],
  ],
  verify: [
    [{ how: "reset" }, "verify.rebooted", /reset the machine.*not published/],
    [{ how: "panicked" }, "verify.not-booting", /\(the machine panicked\).*verify\.boot: false/],
    [{ how: "halted" }, "verify.not-booting", /\(the machine halted\)/],
    [{ how: "stalled" }, "verify.not-booting", /\(the machine stalled\)/],
    [{ how: "lifeless" }, "verify.not-booting", /\(the machine showed no sign of life\)/],
    [{ how: "powered off" }, "verify.not-booting", /\(the machine powered off\)/],
    [{ how: "host disk full" }, "host.disk-full", /during the verification/],
    [diskError, "install.io-error", /write failed/],
    [died, "install.qemu-died", /during the verification: signal SIGKILL/],
  ],
};

for (const purpose of ["install", "verify"] as const) {
  describe(`endingError of ${purpose}`, () => {
    for (const [ending, code, text] of tables[purpose]) {
      it(`makes of ${ending.how} ${code}, with cause, next step, console and files`, () => {
        const error = endingError(purpose, endOf(ending), "/l/serial.log", quiet);
        assert.equal(error.code, code);
        assert.match(error.message.replaceAll("\n", " "), text);
        const { what, why, next, tail, files } = error.details;
        for (const sentence of [what, why, next]) assert.match(sentence ?? "", /^\S.*\.$/);
        assert.equal(tail, "line one\nline two");
        assert.deepEqual(files, ["/l/serial.log", "/l/screen.png"]);
      });
    }

    it("makes of an abort the cancellation, without files to look at", () => {
      const error = endingError(purpose, endOf({ how: "aborted" }), "/l/s", AbortSignal.abort());
      assert.equal(error.code, "build.cancelled");
      assert.equal(error.details.files, undefined);
    });

    it("makes of an abort by a time limit that limit's error, with console and files", () => {
      const limit = new StylusError("install.timed-out", { what: "Too long.", next: "Raise it." });
      const error = endingError(
        purpose,
        endOf({ how: "aborted" }),
        "/l/s",
        AbortSignal.abort(limit),
      );
      assert.equal(error.code, "install.timed-out");
      assert.equal(error.details.tail, "line one\nline two");
      assert.deepEqual(error.details.files, ["/l/s", "/l/screen.png"]);
    });
  });
}

describe("endingError of an install whose disk is full", () => {
  for (const line of [
    "cp: write error: No space left on device",
    "rsync: ENOSPC",
    "the disk is full",
  ]) {
    for (const how of ["stalled", "reset", "halted", "panicked"] as const) {
      it(`says so where the console said "${line}", whatever the guest did then (${how})`, () => {
        const error = endingError("install", endOf({ how }, [line]), "/l/s", quiet);
        assert.equal(error.code, "install.disk-full");
        assert.match(error.message, /Raise `machine\.diskSize`/);
      });
    }
  }
  it("speaks of the host's disk where that one is full", () => {
    const end = endOf({ how: "host disk full" }, ["No space left on device"]);
    assert.equal(endingError("install", end, "/l/s", quiet).code, "host.disk-full");
  });
});

describe("withEvidence", () => {
  const error = new StylusError("verify.not-active", { what: "A.", next: "B.", cause: "c" });
  it("names only the log where there is no picture", () => {
    const end = { ...endOf({ how: "satisfied" }), screenshot: undefined };
    assert.deepEqual(withEvidence(error, end, "/l/s").details.files, ["/l/s"]);
  });
  it("keeps code, words and cause", () => {
    const { code, cause, details } = withEvidence(error, endOf({ how: "satisfied" }), "/l/s");
    assert.deepEqual(
      [code, cause, details.what, details.next],
      ["verify.not-active", "c", "A.", "B."],
    );
  });
});
