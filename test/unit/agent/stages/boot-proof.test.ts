import assert from "node:assert/strict";
import { bootProof, genericBootError } from "../../../../provider/agent/stages/boot-proof";
import { buildFor } from "../samples";

/** An output that shows one of these texts after the other, as on a slow serial line. */
const growing = (...texts: readonly string[]) => {
  let looked = 0;
  const lines = (): readonly string[] =>
    (texts[Math.min(looked++, texts.length - 1)] ?? "").split("\n");
  return { lines, firstMatch: (pattern: RegExp) => lines().find((line) => pattern.test(line)) };
};
const signal = new AbortController().signal;

describe("bootProof", () => {
  it("waits for the whole line with the kernel's command line", async () => {
    const whole = "n-1 BOOT_IMAGE=(loop0)/boot/vmlinuz root=LABEL=COS_ACTIVE quiet n-1";
    const console = growing("", "n-1 BOOT_IMAGE=(loop0)", whole.slice(0, -2), whole);
    assert.equal(await bootProof([growing("booting"), console], "n-1", signal), whole);
  });
});

describe("genericBootError", () => {
  const bootError = (
    outputs: readonly ReturnType<typeof growing>[],
    verify: { readonly expect?: string } = {},
    limit: AbortSignal = signal,
  ) => {
    const { plan } = buildFor({ folder: "/nowhere", targets: [] });
    const timeouts = { ...plan.timeouts, stall: 0.01 };
    const build = { plan: { ...plan, verify: { ...plan.verify, ...verify }, timeouts } };
    return genericBootError(build, outputs, limit);
  };

  it("accepts a login prompt", async () => {
    assert.equal(await bootError([growing(""), growing("edge", "edge login:")]), undefined);
  });

  it("accepts output that matches `verify.expect`, on any output and without a login prompt", async () => {
    const screen = growing("starting", "kiosk is ready");
    assert.equal(await bootError([growing(""), screen], { expect: "is ready$" }), undefined);
  });

  it("refuses a system that comes up without the output that `verify.expect` demands", async () => {
    const console = growing("edge login:");
    const error = await bootError([console], { expect: "is ready$" });
    assert.equal(error?.code, "verify.unexpected-console");
  });

  const menu = "GNU GRUB  version 2.06\n*Debian GNU/Linux\n Advanced options";
  for (const [where, outputs] of [
    ["on the serial line", [growing(menu), growing("")]],
    ["on the screen", [growing(""), growing("Booting from Hard Disk...", menu)]],
  ] as const) {
    it(`is not proven by a boot menu ${where} that has the expected text`, async () => {
      const limit = AbortSignal.timeout(1000);
      await assert.rejects(bootError(outputs, { expect: "Debian" }, limit), {
        code: "build.cancelled",
      });
    });
  }

  it("refuses a login prompt if only the boot menu has the expected text", async () => {
    const console = growing(menu, `${menu}\n[    1.000000] a kernel\nedge login:`);
    const error = await bootError([console], { expect: "Debian" });
    assert.equal(error?.code, "verify.unexpected-console");
  });
});
