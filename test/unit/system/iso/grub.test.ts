import assert from "node:assert/strict";
import { parseGrubMenu } from "../../../../provider/system/iso/grub";

const menu = (text: string) => parseGrubMenu("/boot/grub2/grub.cfg", text);

const two = `
menuentry "Installer" --class os --unrestricted {
    echo Loading kernel...
    $linux ($root)/boot/kernel cdroot root=live:CDLABEL=COS_LIVE console=tty1 install-mode
    $initrd ($root)/boot/initrd
}
menuentry 'Installer (interactive install)' --id ask {
    linux /boot/kernel install-mode-interactive
}
`;

describe("parseGrubMenu", () => {
  it("reads number, timeout, title and kernel arguments of a CanvOS menu", () => {
    const { defaultEntry, timeout, entries } = menu(`set default=0\nset timeout=5\n${two}`);
    assert.equal(timeout, 5);
    assert.equal(entries.length, 2);
    assert.equal(defaultEntry?.title, "Installer");
    assert.equal(defaultEntry.interactive, false);
    assert.deepEqual(defaultEntry.arguments, [
      "cdroot",
      "root=live:CDLABEL=COS_LIVE",
      "console=tty1",
      "install-mode",
    ]);
  });

  const choices = [
    { rule: "by number", text: `set default=1${two}`, title: "Installer (interactive install)" },
    { rule: "by id", text: `set default="ask"${two}`, title: "Installer (interactive install)" },
    { rule: "by title", text: `set default='Installer'${two}`, title: "Installer" },
    { rule: "as the first when nothing is set", text: two, title: "Installer" },
    {
      rule: "as the first when a variable is set",
      text: `set default="\${saved}"${two}`,
      title: "Installer",
    },
    {
      rule: "by the plain branch of a condition",
      text: `if [ "\${next}" ] ; then\n set default="\${next}"\nelse\n set default="1"\nfi${two}`,
      title: "Installer (interactive install)",
    },
    {
      rule: "counting a submenu as one",
      text: `set default=2\nsubmenu "More" {\n menuentry "Inner" {\n linux /k\n }\n}${two}`,
      title: "Installer (interactive install)",
    },
    {
      rule: "as the first when the number is too high",
      text: `set default=7${two}`,
      title: "Installer",
    },
    {
      rule: "as the first when `saved` names no entry",
      text: `set default=saved${two}`,
      title: "Installer",
    },
    {
      rule: "within a submenu",
      text: `set default="more>b"\nsubmenu "More" --id more {\n menuentry "A" { linux /k }\n menuentry "B" --id b { linux /k }\n}${two}`,
      title: "B",
    },
    {
      rule: "within a submenu by numbers",
      text: `set default="0>1"\nsubmenu "More" {\n menuentry "A" { linux /k }\n menuentry "B" { linux /k }\n}${two}`,
      title: "B",
    },
    {
      rule: "as the first entry of a submenu that is the default itself",
      text: `submenu "More" {\n menuentry "A" { linux /k }\n}${two}`,
      title: "A",
    },
    {
      rule: "by an id that GRUB's generator writes",
      text: `set default=deb\nmenuentry 'x' --class a $menuentry_id_option 'deb' {\n linux /k\n}\n${two}`,
      title: "x",
    },
    {
      rule: "with a hot key and options in front of its title",
      text: `menuentry --hotkey=g --class=a --users root 'Graphical; fast' {\n linux /k\n}`,
      title: "Graphical; fast",
    },
    {
      rule: "with an assignment that is no `set`, in a condition on a feature",
      text: `if [ x$feature_timeout_style = xy ] ; then default=ask; else default=0; fi\n${two}`,
      title: "Installer (interactive install)",
    },
    {
      rule: "set by a function",
      text: `function choose {\n set default=$1\n set default=ask\n}\nchoose\n${two}`,
      title: "Installer (interactive install)",
    },
  ];
  for (const { rule, text, title } of choices) {
    it(`finds the default entry ${rule}`, () => {
      assert.equal(menu(text).defaultEntry?.title, title);
    });
  }

  it("recognises an interactive entry by its argument and by its title", () => {
    const text = `menuentry "x" {\nlinux /k interactive-install\n}\nmenuentry "Palette Edge Interactive Installer" {\nlinux /k\n}`;
    assert.deepEqual(
      menu(text).entries.map(({ interactive }) => interactive),
      [true, true],
    );
  });

  it("finds the saved entry of the ISO's environment", () => {
    const text = `load_env\nset default="\${saved_entry}"\n${two}`;
    const found = parseGrubMenu("/boot/grub/grub.cfg", text, new Map([["saved_entry", "ask"]]));
    assert.equal(found.defaultEntry?.id, "ask");
  });

  it("lists the entries of a submenu below it", () => {
    const { entries } = menu(`submenu "More" {\n menuentry "A" { linux /k a }\n}`);
    assert.deepEqual(
      entries[0]?.entries?.map(({ title }) => title),
      ["A"],
    );
  });

  it("lists an entry of the branches for BIOS and UEFI once", () => {
    const entry = (command: string) => `menuentry "A" {\n ${command} /k a\n}\n`;
    const text = `if [ "$grub_platform" = "efi" ]; then\n${entry("linuxefi")}else\n${entry("linux")}fi`;
    assert.deepEqual(
      menu(text).entries.map(({ title }) => title),
      ["A"],
    );
  });

  const waits: readonly (readonly [
    rule: string,
    text: string,
    waits: boolean,
    timeout?: number,
  ])[] = [
    ["without a time-out", two, true],
    ["with a negative time-out", `set timeout=-1\n${two}`, true],
    ["with an empty time-out", `set timeout=\n${two}`, true],
    ["with a time-out of an unset variable", `set timeout=$later\n${two}`, true],
    ["whose time-out is unset again", `set timeout=5\nunset timeout\n${two}`, true],
    ["with one entry only", `menuentry "x" {\n linux /k\n}`, true],
    ["with a time-out", `set timeout=10\n${two}`, false, 10],
    ["with a time-out of 0", `timeout="0"\n${two}`, false, 0],
    [
      "with a time-out in a condition",
      `if keystatus --shift; then set timeout=-1; else set timeout=3; fi\n${two}`,
      false,
      3,
    ],
    [
      "with a time-out before a condition that may remove it",
      `set timeout=3\nif [ -s $prefix/x ]; then\nset timeout=-1\nfi\n${two}`,
      false,
      3,
    ],
    ["with a time-out from a variable", `wait=4\nset timeout="\${wait}"\n${two}`, false, 4],
    ["whose time-out another file may set", `source $prefix/custom.cfg\n${two}`, false],
    [
      "whose time-out is in a false branch",
      `if [ "$x" = "y" ]; then set timeout=5; fi\n${two}`,
      true,
    ],
  ];
  for (const [rule, text, expected, timeout] of waits) {
    it(`${expected ? "knows that a menu waits for a key" : "does not say that a menu waits"}: ${rule}`, () => {
      const found = menu(text);
      assert.deepEqual([found.waits, found.timeout], [expected, timeout]);
    });
  }

  it("ends for a script that calls itself or is cut off", () => {
    menu(`function f {\n f\n}\nf\nif [ x`);
    menu("menuentry 'x' {\n if true; then\n");
    menu('menuentry "open\n}\nfi\n}');
  });

  it("ignores settings within an entry and in comments", () => {
    const { timeout } = menu(`# set timeout=1\nmenuentry "x" {\n set timeout=9\n}\nset timeout=-1`);
    assert.equal(timeout, undefined);
  });

  it("does not count the braces of variables", () => {
    const text = `menuentry "a" {\n linux (\${root})/k \${x}\n}\nmenuentry "b" {\n linux /k\n}`;
    assert.equal(menu(text).entries.length, 2);
  });
});
