import { connect, type Socket } from "node:net";
import { describeThrown, StylusError } from "../../base/errors";
import { cancelled, pause, throwIfCancelled } from "../../base/cancellation";

/** Limit of a Unix socket's path, in bytes (unix(7)). */
const longestPath = 107;
const retryMilliseconds = 50;

/** Connects to a socket of QEMU; waits until QEMU has created it. */
export async function connectSocket(
  path: string,
  { signal, seconds }: { readonly signal: AbortSignal; readonly seconds: number },
): Promise<Socket> {
  if (Buffer.byteLength(path) > longestPath) throw pathTooLong(path);
  const end = Date.now() + seconds * 1000;
  for (;;) {
    throwIfCancelled(signal);
    const result = await tryOnce(path, signal);
    if (!(result instanceof Error)) return result;
    if (Date.now() >= end) throw noMonitor(seconds, result);
    await pause(retryMilliseconds, signal);
  }
}

function tryOnce(path: string, signal: AbortSignal): Promise<Socket | Error> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (result: Socket | Error) => {
      signal.removeEventListener("abort", abort);
      socket.off("connect", succeed);
      if (result instanceof Error) socket.destroy();
      else socket.off("error", settle);
      resolve(result);
    };
    const abort = () => settle(cancelled(signal));
    const succeed = () => settle(socket);
    signal.addEventListener("abort", abort);
    socket.once("connect", succeed);
    socket.on("error", settle);
  });
}

function noMonitor(seconds: number, cause: Error): StylusError {
  return new StylusError("install.qemu-died", {
    what: `QEMU did not open its monitor socket within ${seconds} s.`,
    why: `${describeThrown(cause)}.`,
    next: "Read QEMU's last output; run this again when the build host is less busy.",
    cause,
  });
}

function pathTooLong(path: string): StylusError {
  return new StylusError("input.invalid", {
    what: `The path of QEMU's monitor socket is longer than ${longestPath} bytes: ${path}.`,
    why: "The kernel does not allow a longer path for a Unix socket.",
    next: "Choose a cache or work folder with a shorter path.",
  });
}
