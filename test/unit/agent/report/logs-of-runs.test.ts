import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
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

  it("names the files of an iso's runs with their folder", async () => {
    await mkdir(join(folder(), "iso"), { recursive: true });
    await writeFile(join(folder(), "iso/install-serial.log"), "");
    await writeFile(join(folder(), "iso/install-screen.txt"), "No bootable device.");
    await writeFile(join(folder(), "iso/verify-serial.log"), "login:");
    const files = (await consolesIn(folder(), 0, redact)).map(({ file }) => file);
    assert.deepEqual(files, ["iso/install-screen.txt", "iso/verify-serial.log"]);
  });

  it("shows nothing if both are empty", async () => {
    assert.deepEqual(await shown("", ""), []);
    assert.deepEqual(await shown("", undefined), []);
  });
});
