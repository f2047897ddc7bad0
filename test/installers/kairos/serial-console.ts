import { createConnection, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** A person at the serial console of a machine. */
export interface SerialConsole {
  /** All output so far, without escape sequences. */
  readonly output: () => string;
  /** Resolves with the match in the output that came since the last one; fails when the seconds are over. */
  readonly waitFor: (pattern: RegExp, seconds: number) => Promise<RegExpExecArray>;
  readonly type: (line: string) => void;
  readonly close: () => void;
}

/** Connects to QEMU's serial port, which is a Unix socket. */
export async function openSerialConsole(path: string): Promise<SerialConsole> {
  const socket = await connect(path);
  let output = "";
  let read = 0;
  socket.on("data", (chunk: Buffer) => (output += chunk.toString("latin1")));
  // QEMU closes the connection when the machine ends.
  socket.on("error", () => undefined);
  const plain = (): string => withoutEscapes(output);
  return {
    output: plain,
    waitFor: async (pattern, seconds) => {
      const deadline = performance.now() + seconds * 1000;
      for (;;) {
        const match = pattern.exec(plain().slice(read));
        if (match !== null) {
          read += match.index + match[0].length;
          return match;
        }
        if (performance.now() > deadline) {
          throw new Error(`${pattern} did not appear in ${seconds} s: ${plain().slice(-1500)}`);
        }
        await delay(200);
      }
    },
    type: (line) => void socket.write(`${line}\r`),
    close: () => socket.destroy(),
  };
}

/** QEMU makes the socket shortly after it was started. */
async function connect(path: string): Promise<Socket> {
  for (let attempts = 0; ; attempts++) {
    const socket = createConnection(path);
    const connected = await new Promise<boolean>((resolve) =>
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false)),
    );
    if (connected) return socket;
    if (attempts > 100) throw new Error(`${path} cannot be reached`);
    await delay(100);
  }
}

// eslint-disable-next-line no-control-regex -- terminal escape sequences begin with one
const escapes = /\u001b\[[0-9;?]*[A-Za-z]|\u001b[()][A-Z0-9]|\r/g;
const withoutEscapes = (text: string): string => text.replace(escapes, "");
