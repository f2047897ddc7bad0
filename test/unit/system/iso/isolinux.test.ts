import assert from "node:assert/strict";
import { parseIsolinuxMenu } from "../../../../provider/system/iso/isolinux";

const labels = `
label live
  menu label ^Live system
  kernel /k
label install
  menu label ^Install
  menu default
  kernel /k
  append auto=true quiet
`;

describe("parseIsolinuxMenu", () => {
  const cases: readonly (readonly [
    rule: string,
    text: string,
    timeout: number | undefined,
    chosen: string,
  ])[] = [
    [
      "a menu without a time-out waits",
      `ui vesamenu.c32\nprompt 0\ntimeout 0\n${labels}`,
      undefined,
      "install",
    ],
    ["a menu given as the default waits", `default vesamenu.c32\n${labels}`, undefined, "install"],
    ["a menu boots after its time-out", `UI menu.c32\nTIMEOUT 50\n${labels}`, 5, "install"],
    [
      "a total time-out counts",
      `UI menu.c32\nTIMEOUT 0\nTOTALTIMEOUT 900\n${labels}`,
      90,
      "install",
    ],
    ["a prompt without a time-out waits", `default live\nprompt 1\n${labels}`, undefined, "live"],
    [
      "a prompt boots after its time-out",
      `default live\nprompt 1\ntimeout 100\n${labels}`,
      10,
      "live",
    ],
    ["without a menu and a prompt it boots at once", `DEFAULT live\n${labels}`, 0, "live"],
    ["without a default it asks", labels, undefined, "live"],
    [
      "the entry of the time-out comes before the default",
      `default live\nontimeout install\nprompt 1\ntimeout 9\n${labels}`,
      0.9,
      "install",
    ],
  ];
  for (const [rule, text, timeout, chosen] of cases) {
    it(rule, () => {
      const menu = parseIsolinuxMenu("/isolinux/isolinux.cfg", text);
      assert.deepEqual(
        [menu.timeout, menu.waits, menu.defaultEntry?.id],
        [timeout, timeout === undefined, chosen],
      );
    });
  }

  it("reads titles and kernel arguments", () => {
    const { entries } = parseIsolinuxMenu("/isolinux.cfg", labels);
    assert.deepEqual(
      entries.map(({ title }) => title),
      ["Live system", "Install"],
    );
    assert.deepEqual(entries[1]?.arguments, ["auto=true", "quiet"]);
  });
});
