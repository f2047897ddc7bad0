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
    { rule: "as none when the number is too high", text: `set default=7${two}`, title: undefined },
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

  it("ignores settings within an entry and in comments", () => {
    const { timeout } = menu(`# set timeout=1\nmenuentry "x" {\n set timeout=9\n}\nset timeout=-1`);
    assert.equal(timeout, undefined);
  });

  it("does not count the braces of variables", () => {
    const text = `menuentry "a" {\n linux (\${root})/k \${x}\n}\nmenuentry "b" {\n linux /k\n}`;
    assert.equal(menu(text).entries.length, 2);
  });
});
