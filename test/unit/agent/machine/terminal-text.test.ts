import assert from "node:assert/strict";
import { plainLines, withoutFrame } from "../../../../provider/agent/machine/terminal-text";

const escape = "\u001b";
const blanks = " ".repeat(40);

describe("plainLines", () => {
  const rows: readonly (readonly [string, string, readonly string[]])[] = [
    ["keeps ordinary lines as they are", "a\n  b\n", ["a", "  b", ""]],
    [
      "trims the padding of a menu's help",
      `     Use the keys.${blanks}\n\r`,
      ["Use the keys.", "", ""],
    ],
    [
      "makes a line of each row that is drawn",
      `${escape}[2;24HGNU GRUB  version 2.06${escape}[5;3H*Install${blanks}${escape}[6;3H Rescue${blanks}`,
      ["GNU GRUB  version 2.06", "*Install", "Rescue"],
    ],
    [
      "leaves out boxes and blank rows",
      `${escape}[4;2H+-----+${escape}[5;2H|${escape}[5;79H|${escape}[6;3H${blanks}${escape}[7;2H│ Install │${escape}[8;2H└────┘`,
      ["Install"],
    ],
    [
      "leaves out a box whose bytes are not UTF-8, as UEFI firmware draws it",
      `${escape}[04;02H\ufffd\ufffd\ufffd\ufffd${escape}[05;02H\ufffd\ufffd${escape}[05;03H*Install  `,
      ["*Install"],
    ],
    [
      "keeps the last form of a countdown",
      [3, 2, 1].map((n) => `${escape}[22;1H   It starts in ${n}s.${blanks}`).join(""),
      ["It starts in 1s."],
    ],
    [
      "keeps what a program draws in colours",
      `${escape}[0;32m  OK  ${escape}[0m] Started\n`,
      ["  OK  ] Started", ""],
    ],
    [
      "keeps trees of systemd",
      "├─foo.service\n│ └─123 sleep\n",
      ["├─foo.service", "│ └─123 sleep", ""],
    ],
  ];
  for (const [rule, text, lines] of rows) {
    it(rule, () => assert.deepEqual(plainLines(text), lines));
  }

  // With a pattern that tries parts of a line again, these tests do not end.
  const length = 100_000;
  for (const part of [" ", "| ", "|+", "+-", "-|", "\u2500\ufffd", "\u001b[", "1;"]) {
    it(`reads a long line with "${part}" again and again`, () => {
      const row = `x${part.repeat(length)}y`;
      assert.equal(plainLines(row).length, 1);
      assert.notEqual(plainLines(`${escape}[1;1H${row}${escape}[2;1H`).length, 0);
      assert.equal(withoutFrame(row), row);
    });
  }
});

describe("withoutFrame", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["", ""],
    ["+-----+", ""],
    ["|  | \ufffd", ""],
    ["| Install |", "Install"],
    ["+-| Install |-+", "Install"],
    ["  ┌──┤ [!!] Partition disks ├──┐", "[!!] Partition disks"],
    ["- a list + more -", "- a list + more -".slice(2, -2)],
    ["-a+", "-a+"],
    ["|--verbose |", "--verbose"],
    ["[ ok ]          done", "[ ok ]          done"],
  ];
  for (const [row, text] of rows) {
    it(`of "${row}" is "${text}"`, () => assert.equal(withoutFrame(row), text));
  }
});
