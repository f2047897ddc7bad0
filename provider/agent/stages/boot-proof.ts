import { pause } from "../../base/cancellation";
import { StylusError } from "../../base/errors";
import type { JsonMap } from "../../base/json";
import { verifyPort } from "../../plan/qemu-arguments";
import type { KeyedBuild } from "../context";
import type { Console } from "../machine/console";

/** What the verification's own user-data prints at the end of a boot's stage `boot`. */
export interface Nonces {
  /** At the end of the stage for this file, with the kernel's command line. */
  readonly up: string;
  /** When the stage has ended for all files. */
  readonly over: string;
}

/** User-data that prints the nonces. Only a booted Kairos system runs it. */
export function nonceUserData({ up, over }: Nonces): JsonMap {
  const say = printOnPorts(up, "$(cat /proc/cmdline)");
  return {
    stages: {
      boot: [{ name: "Say that the image came up", commands: [say] }],
      "boot.after": [
        { name: "Say that the boot is over", commands: [printOnPorts(over, "stage boot is over")] },
      ],
    },
  };
}

/**
 * A shell command that prints a line on both ports, because a system may lack one of them. The nonce is on both ends of
 * the line, because a console delivers a line in pieces.
 */
export function printOnPorts(nonce: string, words: string): string {
  const ports = `/dev/ttyS0 /dev/virtio-ports/${verifyPort}`;
  return `for port in ${ports}; do [ -c "$port" ] && printf '\\n%s %s %s\\n' "${nonce}" "${words}" "${nonce}" > "$port"; done; true`;
}

/** What shows that a system came up: the nonce of a Kairos system; for any other, `verify.expect` alone or a login prompt. */
interface SignsOfLife {
  readonly nonce?: string | undefined;
  readonly expect?: string | undefined;
}

/** Waits for the line with the nonce and the kernel's command line; without a nonce, for any other sign of life. */
export async function bootProof(
  consoles: readonly Pick<Console, "firstMatch">[],
  { nonce, expect }: SignsOfLife,
  signal: AbortSignal,
): Promise<string> {
  const withoutNonce = expect === undefined ? [/login:/] : [new RegExp(expect), /login:/];
  const patterns = nonce === undefined ? withoutNonce : [new RegExp(`${nonce} .* ${nonce}`)];
  for (;;) {
    for (const console of consoles) {
      for (const pattern of patterns) {
        const line = console.firstMatch(pattern);
        if (line !== undefined) return line;
      }
    }
    await pause(250, signal);
  }
}

/** An error unless the active system booted: GRUB falls back to the passive and the recovery system. */
export function notActiveError(proof: string): StylusError | undefined {
  if (/\bCOS_ACTIVE\b/.test(proof)) return undefined;
  return new StylusError("verify.not-active", {
    what: "The image came up, but not from its active system.",
    why: `Its boot loader fell back to another one, because the active system does not boot: ${proof}`,
    next: "Look at the console for the output of the active system; install again.",
  });
}

/** Waits for output that matches `verify.expect`; an error if none comes in time. */
export async function unexpectedConsoleError(
  { plan }: KeyedBuild,
  consoles: readonly Pick<Console, "matches">[],
  signal: AbortSignal,
): Promise<StylusError | undefined> {
  const { expect } = plan.verify;
  if (expect === undefined) return undefined;
  const pattern = new RegExp(expect);
  const deadline = performance.now() + plan.timeouts.stall * 60_000;
  while (performance.now() < deadline) {
    if (consoles.some((console) => console.matches(pattern))) return undefined;
    await pause(250, signal);
  }
  return new StylusError("verify.unexpected-console", {
    what: `The image came up, but its console never matched \`verify.expect\` (${expect}) within ${plan.timeouts.stall} minutes.`,
    next: "Look at the console; correct the expression or the user-data.",
  });
}
