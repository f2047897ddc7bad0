import assert from "node:assert/strict";
import { silentConsole } from "../../../../provider/agent/machine/console";
import { printJournal } from "../../../../provider/agent/machine/print-journal";

/** What is typed on a console with these lines. */
async function typedOn(...lines: readonly string[]): Promise<string> {
  let typed = "";
  await printJournal(
    {
      ...silentConsole,
      matches: (pattern) => lines.some((line) => pattern.test(line)),
      send: (text) => (typed += text),
    },
    AbortSignal.abort(),
  );
  return typed;
}

describe("printJournal", () => {
  for (const prompt of [
    "root@kairos-1a2b:~# ",
    "root@localhost:~# stand-in: live system is up",
    "root@kairos:/# [  12.345678] clocksource: Switched",
    "[root@fedora ~]# ",
    "kairos-1a2b:~ # ",
    "sh-5.2# ",
  ]) {
    it(`types behind a root shell's prompt: ${prompt}`, async () =>
      assert.match(await typedOn("Welcome", prompt), /journalctl -b -u kairos-installer/));
  }

  for (const line of [
    "",
    "edge login: ",
    "Continue with autoinstall? (yes|no) ",
    "┤ [!!] Select a language ├",
    "grub> ",
    "user@edge:~$ ",
    "# a comment of a script",
    "Reading issue #12 of root@example.com",
    "step 1 # of 3",
  ]) {
    it(`types nothing if the console only has: ${line}`, async () =>
      assert.equal(await typedOn(line), ""));
  }
});
