import { pause } from "../../base/cancellation";
import { StylusError } from "../../base/errors";
import type { JsonMap } from "../../base/json";
import { verifyPort } from "../../plan/qemu-arguments";
import type { KeyedBuild } from "../context";
import type { Console } from "../machine/console";
import { afterBootLoader } from "./after-boot-loader";

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

/** Waits for the line with the nonce and the kernel's command line, which a Kairos system prints. */
export async function bootProof(
  consoles: readonly Pick<Console, "firstMatch">[],
  nonce: string,
  signal: AbortSignal,
): Promise<string> {
  return firstLine(consoles, [new RegExp(`${nonce} .* ${nonce}`)], signal);
}

/**
 * Waits until a system that runs no nonce comes up: output that matches `verify.expect`, or a login prompt. An error if
 * the expected output does not come after the prompt. The output of a boot loader proves nothing.
 */
export async function genericBootError(
  build: Pick<KeyedBuild, "plan">,
  outputs: readonly Pick<Console, "lines">[],
  signal: AbortSignal,
): Promise<StylusError | undefined> {
  const { expect } = build.plan.verify;
  const ofSystem = outputs.map((output) => afterBootLoader(output));
  const expected = expect === undefined ? [] : [new RegExp(expect)];
  const proof = await firstLine(ofSystem, [...expected, /login:/], signal);
  if (expected.some((pattern) => pattern.test(proof))) return undefined;
  return unexpectedConsoleError(build, ofSystem, signal);
}

async function firstLine(
  consoles: readonly Pick<Console, "firstMatch">[],
  patterns: readonly RegExp[],
  signal: AbortSignal,
): Promise<string> {
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
  { plan }: Pick<KeyedBuild, "plan">,
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
