import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { StylusError, type ErrorCode } from "../../../provider/base/errors";
import { noFindings, warning, type AccessFindings } from "../../../provider/targets/access";
import {
  accessError,
  checkTargets,
  type TargetToCheck,
} from "../../../provider/targets/check-targets";
import { never } from "../../support/artifacts";
import { fails } from "../../support/failures";

const needs = { formats: ["qcow2"], leastBytes: 1 } as const;
const problem = (code: ErrorCode, what: string): StylusError =>
  new StylusError(code, { what, next: "Correct it." });
const asking = (id: string, checkAccess: (signal: AbortSignal) => Promise<AccessFindings>) => ({
  target: { id, checkAccess: (_needs: unknown, signal: AbortSignal) => checkAccess(signal) },
  needs,
});
const refusing = (id: string, ...problems: readonly StylusError[]): TargetToCheck =>
  asking(id, () => Promise.resolve({ problems, warnings: [] }));

describe("checkTargets", () => {
  it("asks all targets at the same time, and answers in their order", async () => {
    const asked: string[] = [];
    const waiting = (id: string) =>
      asking(id, async () => {
        asked.push(id);
        while (asked.length < 2) await delay(1);
        return warning(`${id} is slow`);
      });
    const checked = await checkTargets([waiting("a"), waiting("b")], never);
    assert.deepEqual(checked, [
      { target: "a", problems: [], warnings: ["a is slow"] },
      { target: "b", problems: [], warnings: ["b is slow"] },
    ]);
    assert.equal(accessError(checked), undefined);
  });

  it("ends at the limit with a problem of the target that does not answer, even if it ignores the signal", async () => {
    const deaf = asking("deaf", () => new Promise<never>(() => undefined));
    const [first, second] = await checkTargets(
      [deaf, asking("b", () => Promise.resolve(noFindings))],
      never,
      10,
    );
    assert.deepEqual(
      first?.problems.map(({ code }) => code),
      ["publish.unreachable"],
    );
    assert.match(first.problems[0]?.message ?? "", /deaf did not say within 1 seconds/);
    assert.deepEqual(second?.problems, []);
  });

  it("ends as cancelled when the user cancels, and aborts the signal of every check", async () => {
    const user = new AbortController();
    let within = never;
    const hanging = asking("a", (signal) => {
      within = signal;
      return new Promise<never>(() => undefined);
    });
    const checked = checkTargets([hanging], user.signal);
    user.abort();
    await assert.rejects(checked, fails("build.cancelled"));
    assert.ok(within.aborted);
  });

  it("turns a thrown error of a target into its problem, and throws a defect", async () => {
    const throwing = (thrown: Error) => [asking("a", () => Promise.reject(thrown))];
    const denied = problem("publish.denied", "No.");
    const [checked] = await checkTargets(throwing(denied), never);
    assert.deepEqual(checked?.problems, [denied]);
    await assert.rejects(checkTargets(throwing(new TypeError("defect")), never), /defect/);
  });
});

describe("accessError", () => {
  it("is the only problem itself", async () => {
    const denied = problem("publish.denied", "No.");
    const checked = await checkTargets([refusing("a", denied), refusing("b")], never);
    assert.equal(accessError(checked), denied);
  });

  it("lists every problem of every target, with cause and next step, under the code of the first", async () => {
    const checked = await checkTargets(
      [
        refusing("a"),
        refusing("b", problem("publish.not-found", "No bucket.")),
        refusing("c", problem("publish.denied", "No."), problem("host.disk-full", "No room.")),
      ],
      never,
    );
    assert.equal(
      accessError(checked)?.message,
      [
        "2 targets cannot be published to, for 3 reasons. The targets were asked before the build; nothing was installed or published. Correct the causes below, and run again; `stylus-image doctor --to TARGET` repeats this check alone. [publish.not-found]",
        "  b: No bucket. Correct it. [publish.not-found]",
        "  c: No. Correct it. [publish.denied]",
        "  c: No room. Correct it. [host.disk-full]",
      ].join("\n"),
    );
  });

  it("names the only target of several problems", async () => {
    const both = [problem("publish.denied", "No."), problem("publish.denied", "Neither.")];
    const error = accessError(await checkTargets([refusing("a", ...both)], never));
    assert.match(error?.message ?? "", /^The target a cannot be published to, for 2 reasons\./);
  });
});
