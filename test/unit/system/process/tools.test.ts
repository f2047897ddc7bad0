import assert from "node:assert/strict";
import { isOlder } from "../../../../provider/system/process/tools";
import { toolTable, type ToolName } from "../../../../provider/system/process/tool-table";

describe("isOlder", () => {
  const cases: readonly [string, string, boolean][] = [
    ["5.1", "5.2", true],
    ["5.2", "5.2", false],
    ["5.2", "5.10", true],
    ["7.2.22", "7.2", false],
    ["7", "7.0.1", true],
    ["10.0.2", "5.2", false],
  ];
  for (const [version, than, expected] of cases) {
    it(`${version} is ${expected ? "older" : "not older"} than ${than}`, () => {
      assert.equal(isOlder(version, than), expected);
    });
  }
});

describe("the table of tools", () => {
  const answers: readonly [ToolName, string, string][] = [
    ["qemu-system-x86_64", "QEMU emulator version 6.2.0 (Debian 1:6.2+dfsg-2ubuntu6.24)", "6.2.0"],
    ["qemu-img", "qemu-img version 10.0.2 (Debian 1:10.0.2+ds-2)", "10.0.2"],
    ["qemu-io", "qemu-io version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)", "7.2.22"],
    ["xorriso", "xorriso version   :  1.5.4\nVersion timestamp :  2021.01.30", "1.5.4"],
    ["sfdisk", "sfdisk from util-linux 2.37.2", "2.37.2"],
    ["e2fsck", "e2fsck 1.46.5 (30-Dec-2021)\n\tUsing EXT2FS Library version 1.46.5", "1.46.5"],
    ["mdir", "mdir (GNU mtools) 4.0.33\nconfigured with ...", "4.0.33"],
  ];
  for (const [name, answer, version] of answers) {
    it(`reads the version of ${name}`, () => {
      assert.equal(toolTable[name].versionPattern.exec(answer)?.[1], version);
    });
  }
});
