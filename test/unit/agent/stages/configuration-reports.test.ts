import assert from "node:assert/strict";
import {
  addReports,
  ignoredConfigurationError,
  loadedMessage,
  nothingRunError,
  reportedStages,
} from "../../../../provider/agent/stages/configuration-reports";
import { isJsonList, isJsonMap } from "../../../../provider/base/json";
import { readInstalledText } from "../../../../provider/plan/user-data/read-installed";

const signal = new AbortController().signal;

/** A console that shows one line more each time it is asked. */
const growing = (...lines: readonly string[]) => {
  let shown = 0;
  const visible = (): readonly string[] => lines.slice(0, (shown += 1));
  return {
    matches: (pattern: RegExp) => visible().some((line) => pattern.test(line)),
    firstMatch: (pattern: RegExp) => visible().find((line) => pattern.test(line)),
  };
};
const complete = (...lines: readonly string[]) => ({
  matches: (pattern: RegExp) => lines.some((line) => pattern.test(line)),
  firstMatch: (pattern: RegExp) => lines.find((line) => pattern.test(line)),
});

describe("addReports", () => {
  const namesIn = (text: string): Record<string, readonly unknown[]> => {
    const { stages } = readInstalledText(text).document;
    assert.ok(isJsonMap(stages));
    return Object.fromEntries(
      Object.entries(stages).map(([stage, steps]) => {
        assert.ok(isJsonList(steps));
        return [stage, steps.map((step) => isJsonMap(step) && step.name)];
      }),
    );
  };

  it("adds a step at the end of each stage of a boot, and to no other stage", () => {
    const text =
      "#cloud-config\nstages:\n  after-install:\n    - name: x\n  network:\n    - name: w\n  rootfs.before:\n    - name: z\n";
    const added = addReports(text, "n-1");
    assert.deepEqual(namesIn(added?.text ?? ""), {
      "after-install": ["x"],
      network: ["w", "n-1 network"],
      "rootfs.before": ["z", "n-1 rootfs.before"],
      initramfs: ["n-1 initramfs"],
      boot: ["n-1 boot"],
    });
    assert.deepEqual(added?.reports.stages, ["rootfs.before", "initramfs", "boot", "network"]);
  });

  it("leaves out a stage that has no place for a step, except `boot`", () => {
    const text = "stages:\n  fs:\n  boot:\n    - name: x\n";
    assert.deepEqual(addReports(text, "n-1")?.reports.stages, ["initramfs", "boot"]);
    assert.equal(addReports("stages:\n  boot:\n", "n-1"), undefined);
  });
});

describe("ignoredConfigurationError", () => {
  const reports = { nonce: "n-1", stages: ["initramfs", "boot", "network"] };
  const over = /^over$/;
  const booted = "n-1 stage boot n-1";

  it("waits for the report, which may come after other lines", async () => {
    const console = growing("", "n-1 stage initramfs n-1", "n-1 stage boot", booted);
    assert.equal(await ignoredConfigurationError([console], reports, over, signal), undefined);
  });

  it("is an error if the boot is over without a report", async () => {
    const console = growing("", "n-1 stage boot.after n-1", "over");
    const error = await ignoredConfigurationError([complete(), console], reports, over, signal);
    assert.equal(error?.code, "verify.configuration-ignored");
    assert.match(error.message, /90_custom\.yaml/);
  });

  it("takes a report that comes together with the end of the boot", async () => {
    const consoles = [complete("over"), complete(booted)];
    assert.equal(await ignoredConfigurationError(consoles, reports, over, signal), undefined);
  });

  it("tells which stages reported, on whichever port", () => {
    const consoles = [complete("n-1 stage initramfs n-1"), complete(booted)];
    const ran = reportedStages(consoles, reports);
    assert.deepEqual(ran, ["initramfs", "boot"]);
    assert.match(loadedMessage(ran, reports), /stages initramfs, boot\. .*: network\.$/);
  });

  it("is an error for a login prompt of a system that ran nothing, and only for that", () => {
    const code = (...lines: readonly string[]) =>
      nothingRunError([complete(...lines)], reports)?.code;
    assert.equal(code("edge login:"), "verify.configuration-ignored");
    assert.equal(code("edge login:", "n-1 stage initramfs n-1"), undefined);
    assert.equal(code("Booting"), undefined);
  });
});
