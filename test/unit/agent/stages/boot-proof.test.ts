import assert from "node:assert/strict";
import { bootProof } from "../../../../provider/agent/stages/boot-proof";

/** A console on which one line grows, as on a slow serial line. */
const growing = (...texts: readonly string[]) => {
  let looked = 0;
  return {
    firstMatch: (pattern: RegExp) => {
      const text = texts[Math.min(looked++, texts.length - 1)] ?? "";
      return pattern.test(text) ? text : undefined;
    },
  };
};
const signal = new AbortController().signal;

describe("bootProof", () => {
  it("waits for the whole line with the kernel's command line", async () => {
    const whole = "n-1 BOOT_IMAGE=(loop0)/boot/vmlinuz root=LABEL=COS_ACTIVE quiet n-1";
    const console = growing("", "n-1 BOOT_IMAGE=(loop0)", whole.slice(0, -2), whole);
    assert.equal(await bootProof([growing("booting"), console], { nonce: "n-1" }, signal), whole);
  });

  it("accepts a login prompt if there is no nonce", async () => {
    const console = growing("edge", "edge login:");
    assert.equal(await bootProof([console], {}, signal), "edge login:");
  });

  it("accepts output that matches `verify.expect` without a login prompt", async () => {
    const console = growing("starting", "kiosk is ready");
    assert.equal(await bootProof([console], { expect: "is ready$" }, signal), "kiosk is ready");
  });
});
