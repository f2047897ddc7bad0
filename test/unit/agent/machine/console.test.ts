import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, connect, type AddressInfo, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { readConsole, type Console } from "../../../../provider/agent/machine/console";
import { plainText } from "../../../../provider/agent/machine/terminal-text";

const escape = "\u001b";

describe("plainText", () => {
  for (const [what, text, plain] of [
    ["plain text", "Loading Linux ...", "Loading Linux ..."],
    ["colours", `${escape}[0;32m  OK  ${escape}[0m] Started`, "  OK  ] Started"],
    ["colours with colons", `${escape}[38:2::1:2:3mx`, "x"],
    [
      "GRUB's cursor and box",
      `${escape}[1;1H${escape}[?25l${escape}[7mKairos${escape}[27m${escape}[K`,
      "Kairos",
    ],
    ["GRUB's clearing of the screen", `${escape}[H${escape}[J${escape}[2JGNU GRUB`, "GNU GRUB"],
    [
      "character sets and keypads",
      `${escape}(B${escape})0${escape}=${escape}>${escape}7x${escape}8`,
      "x",
    ],
    ["a reset", `${escape}c${escape}[!plogin:`, "login:"],
    ["a title that ends with a bell", `${escape}]0;root@edge\u0007# `, "# "],
    [
      "a string of systemd that ends with ST",
      `${escape}]3008;start=1;user=root${escape}\\login:`,
      "login:",
    ],
    ["a question to the terminal", `${escape}P+q544e${escape}\\x`, "x"],
    ["bells, backspaces and nulls", "a\u0007b\b\u0000c\u007f", "abc"],
    ["a tab, which stays", "a\tb", "a\tb"],
    ["letters of other scripts, which stay", "Grüße 日本", "Grüße 日本"],
    ["a lone escape at the end", `x${escape}`, "x"],
  ] as const) {
    it(`keeps of ${what} the visible text`, () => assert.equal(plainText(text), plain));
  }
});

describe("readConsole", () => {
  let guest: Socket;
  let ours: Socket;
  let lines: string[];
  let console: Console;

  beforeEach(async () => {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const accepted = once(server, "connection") as Promise<[Socket]>;
    ours = connect((server.address() as AddressInfo).port, "127.0.0.1");
    [guest] = await accepted;
    if (ours.connecting) await once(ours, "connect");
    server.close();
    lines = [];
    const redact = (text: string) => text.replaceAll("hunter22", "<secret>");
    console = readConsole(ours, { onLine: (line) => lines.push(line), redact });
  });
  afterEach(() => {
    guest.destroy();
    ours.destroy();
  });

  /** Each chunk arrives separately. */
  async function say(...chunks: readonly (string | Buffer)[]): Promise<void> {
    for (const chunk of chunks) {
      const before = console.bytesReceived();
      guest.write(chunk);
      for (let tries = 0; console.bytesReceived() === before && tries < 400; tries += 1)
        await delay(5);
    }
  }

  const spoken: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["joins a line that comes in pieces", ["Sta", "rt", "ed\n"], ["Started"]],
    ["splits lines that come at once", ["a\nb\r\nc\n"], ["a", "b", "c"]],
    [
      "takes a carriage return for an end of line too",
      ["10 %\r20 %\rdone\n"],
      ["10 %", "20 %", "done"],
    ],
    ["takes CR and LF in two chunks for one end", ["a\r", "\nb\n"], ["a", "b"]],
    ["says no empty line", ["\n\r\n  \nx\n"], ["x"]],
    [
      "reads an escape code that comes in two chunks",
      [`${escape}[0;3`, `2mOK${escape}[0m\n`],
      ["OK"],
    ],
    ["says nothing of a line without its end", ["login: "], []],
    [
      "says no secret, also one that comes in two chunks",
      ["the password is hun", "ter22.\n"],
      ["the password is <secret>."],
    ],
    ["finds a secret below escape codes", [`hun${escape}[1mter22\n`], ["<secret>"]],
  ];
  for (const [rule, chunks, expected] of spoken) {
    it(rule, async () => {
      await say(...chunks);
      assert.deepEqual(lines, expected);
    });
  }

  it("joins a character whose bytes come in two chunks", async () => {
    const bytes = Buffer.from("ü\n");
    guest.write(bytes.subarray(0, 1));
    await delay(50);
    await say(bytes.subarray(1));
    assert.deepEqual(lines, ["ü"]);
  });

  it("finds a prompt without an end of line, and has it in the tail", async () => {
    await say("Welcome\nedge login: ");
    assert.equal(console.matches(/login:/), true);
    assert.equal(console.firstMatch(/login:/), "edge login: ");
    assert.equal(console.tail(), "Welcome\nedge login: ");
  });

  it("finds the first line that matches", async () => {
    await say("a1\na2\n");
    assert.equal(console.firstMatch(/^a/), "a1");
    assert.equal(console.firstMatch(/^b/), undefined);
  });

  it("quotes the last 25 lines, without secrets", async () => {
    await say(`${Array.from({ length: 40 }, (_, index) => `line ${index}`).join("\n")}\nhunter22`);
    const tail = console.tail().split("\n");
    assert.deepEqual([tail.length, tail[0], tail.at(-1)], [25, "line 16", "<secret>"]);
  });

  describe("of a line that does not end", () => {
    async function sayMuch(text: string): Promise<void> {
      const length = console.bytesReceived() + text.length;
      guest.write(text);
      for (let tries = 0; console.bytesReceived() < length && tries < 400; tries += 1)
        await delay(5);
      assert.equal(console.bytesReceived(), length);
    }

    for (const [what, secret] of [
      ["a secret", "hunter22"],
      ["a secret below escape codes", `hun${escape}[0;31mter22${escape}[0m`],
    ] as const) {
      it(`never cuts ${what} in half`, async () => {
        const period = `xxx${secret}`;
        // The cut passes every character of the secret once, for all chunk sizes.
        for (let shift = 0; shift < period.length; shift += 1) {
          await sayMuch(`\n${"x".repeat(shift)}${period.repeat(16_000)}`);
          const shown = console.tail().split("\n").at(-1) ?? "";
          // The cut may leave a part of a mask.
          assert.match(shown, /^[<secrt>]*(?:x|<secret>)*$/);
        }
      });
    }

    it("keeps its end, and no more than that in memory", async () => {
      await sayMuch("x".repeat(500_000));
      await say("Install? ");
      assert.match(console.tail(), /xxxInstall\? $/);
      assert.ok(console.tail().length < 200_000);
    });
  });

  it("keeps no more than the last lines in memory", async () => {
    await say(`first\n${"x\n".repeat(1000)}last\n`);
    for (let tries = 0; !console.matches(/last/) && tries < 400; tries += 1) await delay(5);
    assert.equal(console.matches(/first/), false);
  });

  it("counts all received bytes, also those of an incomplete line", async () => {
    await say("..", "....");
    assert.equal(console.bytesReceived(), 6);
  });

  it("sends text to the guest", async () => {
    console.send("root\r");
    const [data] = (await once(guest, "data")) as [Buffer];
    assert.equal(data.toString(), "root\r");
  });

  it("survives a closed socket", async () => {
    guest.resetAndDestroy();
    // `once` of node:events would reject at the error that is expected here.
    await new Promise((resolve) => ours.once("close", resolve));
    assert.equal(console.tail(), "");
  });
});
