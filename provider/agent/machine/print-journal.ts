import { setTimeout as delay } from "node:timers/promises";
import type { Console } from "./console";

/** Prints the installer's journal on the console of a stalled guest: installers have a root shell there. */
export async function printJournal(console: Console, signal: AbortSignal): Promise<void> {
  console.send("\r");
  await delay(1500);
  console.send("journalctl -b -u kairos-installer -u stylus-operator --no-pager -n 30\r");
  let received = -1;
  for (let waited = 0; waited < 20 && received !== console.bytesReceived(); waited += 4) {
    received = console.bytesReceived();
    await delay(4000, undefined, { signal }).catch(() => undefined);
  }
}
