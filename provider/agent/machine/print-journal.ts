import { setTimeout as delay } from "node:timers/promises";
import type { Console } from "./console";

/** The prompt of a root shell, also with output of others behind it. */
const rootPrompt = /^(?:\[?root@[^\s#]+[: ][^#]{0,80}|\S+:[~/]\S*\s?|sh-\d[\d.]*)# ?/;

/**
 * Prints the installer's journal on the console of a stalled guest. Kairos' live system has a root shell there. Nothing is
 * typed where no such shell has shown its prompt: the keys could answer a question.
 */
export async function printJournal(console: Console, signal: AbortSignal): Promise<void> {
  if (!console.matches(rootPrompt)) return;
  console.send("\r");
  await delay(1500);
  console.send("journalctl -b -u kairos-installer -u stylus-operator --no-pager -n 30\r");
  let received = -1;
  for (let waited = 0; waited < 20 && received !== console.bytesReceived(); waited += 4) {
    received = console.bytesReceived();
    await delay(4000, undefined, { signal }).catch(() => undefined);
  }
}
