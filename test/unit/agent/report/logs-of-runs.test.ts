import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { consolesIn } from "../../../../provider/agent/report/logs-of-runs";
import { temporaryFolder } from "../temporary-folder";

const redact = (text: string) => text.replaceAll("hunter22", "<secret>");

describe("consolesIn", () => {
  const folder = temporaryFolder();
  const shown = async (serial: string, screen: string | undefined) => {
    await writeFile(join(folder(), "install-serial.log"), serial);
    if (screen !== undefined) await writeFile(join(folder(), "install-screen.txt"), screen);
    return (await consolesIn(folder(), 0, redact)).map(({ title, file, head }) => [
      title,
      file,
      head,
    ]);
  };

  it("shows the serial console, without padding and secrets", async () =>
    assert.deepEqual(await shown("a hunter22\n   b         \n", "on the screen"), [
      ["Install", "install-serial.log", "a <secret>\nb\n"],
    ]));

  it("shows the text of the last screen if nothing came on the serial console", async () =>
    assert.deepEqual(await shown(" \r\n", "No bootable device.\nhunter22"), [
      ["Install: text of the last screen", "install-screen.txt", "No bootable device.\n<secret>"],
    ]));

  it("shows nothing if both are empty", async () => {
    assert.deepEqual(await shown("", ""), []);
    assert.deepEqual(await shown("", undefined), []);
  });
});
