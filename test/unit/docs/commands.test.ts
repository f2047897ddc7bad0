import assert from "node:assert/strict";
import { join } from "node:path";
import { parsePage, readPages } from "../../../tools/docs/pages";
import { commandErrors, countCommands } from "./command-errors";
import { shellCommands } from "./shell-commands";

const repository = join(__dirname, "..", "..", "..");

describe("commands in the documentation", () => {
  it("are accepted by the program: each command and option exists, each value is allowed", async () => {
    const pages = await readPages(repository);
    assert.ok(countCommands(pages) >= 25);
    assert.deepEqual(commandErrors(pages), []);
  });

  it("are reported with page and line where the program refuses them", () => {
    const page = parsePage(
      "planted.md",
      [
        "```console",
        "$ stylus-image build --instaler a.iso",
        "$ EMBED=false npx --package pulumi-stylus-image stylus-image destroy",
        "$ stylus-image build --installer a.iso \\",
        "    --firmware efi",
        "--output that is no command",
        "$ npx stylus-image doctor",
        "```",
        "```sh",
        "cd x && stylus-image publish | tee log",
        "```",
        "`stylus-image presign` is fine, `stylus-image sign` is not.",
      ].join("\n"),
    );
    assert.deepEqual(commandErrors([page]), [
      "planted.md:2: error: unknown option '--instaler'\n(Did you mean --installer?)",
      "planted.md:3: error: unknown command 'destroy'",
      "planted.md:4: error: option '--firmware <kind>' argument 'efi' is invalid. Allowed choices are bios, uefi.",
      "planted.md:7: `npx stylus-image` asks the registry for a package that is not this one; use --package",
      "planted.md:10: error: missing required argument 'files'",
      "planted.md:12: error: unknown command 'sign'\n(Did you mean presign?)",
    ]);
  });

  it("are split into words as a shell does", () => {
    const words = (code: string): unknown => shellCommands("sh", code, 1).map((it) => it.words);
    assert.deepEqual(words("a 'b c' \"d $(e f) g\" # h"), [["a", "b c", "d $(e f) g"]]);
    assert.deepEqual(words("(umask 077; a ./b) > c.log 2>&1 | d"), [
      ["umask", "077"],
      ["a", "./b"],
      ["d"],
    ]);
    assert.deepEqual(words("A=1 B=$(c d) e --f <your g> && h"), [["e", "--f", "your g"], ["h"]]);
  });
});
