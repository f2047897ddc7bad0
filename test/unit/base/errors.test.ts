import assert from "node:assert/strict";
import {
  asStylusError,
  describeThrown,
  errorCodes,
  StylusError,
  type ErrorDetails,
} from "../../../provider/base/errors";

describe("StylusError", () => {
  const texts: readonly (readonly [string, ErrorDetails, readonly string[]])[] = [
    [
      "is what failed and what to do, then the code",
      { what: "It broke.", next: "Mend it." },
      ["It broke. Mend it. [internal]"],
    ],
    [
      "says why between them",
      { what: "It broke.", why: "It fell.", next: "Mend it." },
      ["It broke. It fell. Mend it. [internal]"],
    ],
    [
      "lists every problem on a line of its own",
      {
        what: "Two.",
        next: "Correct.",
        problems: [
          { path: "a.b", reason: "is required" },
          { path: "c[0]", reason: "is wrong" },
        ],
      },
      ["Two. Correct. [internal]", "  a.b: is required", "  c[0]: is wrong"],
    ],
    [
      "quotes the last output, indented, without empty lines at its end",
      { what: "It broke.", next: "Look.", tail: "one\n  two\n\n" },
      ["It broke. Look. [internal]", "  last output:", "    one", "      two"],
    ],
    [
      "leaves an empty output out",
      { what: "It broke.", next: "Look.", tail: " \n" },
      ["It broke. Look. [internal]"],
    ],
    [
      "names the files last",
      { what: "It broke.", next: "Look.", tail: "x", files: ["/a.log", "/b.png"] },
      ["It broke. Look. [internal]", "  last output:", "    x", "  see /a.log", "  see /b.png"],
    ],
  ];
  for (const [rule, details, lines] of texts) {
    it(rule, () => assert.equal(new StylusError("internal", details).message, lines.join("\n")));
  }

  it("keeps its code, its details and its cause", () => {
    const cause = new Error("below");
    const details = { what: "A.", next: "B.", cause };
    const error = new StylusError("host.disk-full", details);
    assert.equal(error.code, "host.disk-full");
    assert.equal(error.details, details);
    assert.equal(error.cause, cause);
    assert.equal(error.name, "StylusError");
  });

  it("has no cause where none was given", () => {
    assert.equal("cause" in new StylusError("internal", { what: "A.", next: "B." }), false);
  });
});

describe("errorCodes", () => {
  it("has no code twice", () => assert.equal(new Set(errorCodes).size, errorCodes.length));

  for (const code of errorCodes) {
    it(`${code} is words and hyphens, with one dot at most`, () => {
      assert.match(code, /^[a-z]+(?:-[a-z]+)*(?:\.[a-z]+(?:-[a-z]+)*)?$/);
    });
  }

  // Scripts compare codes: a code may be added, but never removed or changed.
  it("still has every code of the first version", () => {
    const first =
      "input.invalid user-data.refused installer.unreachable installer.denied installer.not-found installer.truncated " +
      "installer.checksum-mismatch installer.changed installer.no-validator installer.not-bootable " +
      "installer.interactive-only installer.trusted-boot host.tool-missing host.firmware-missing host.kvm-unusable " +
      "host.memory-short host.disk-full host.agent-died install.disk-too-small install.panicked install.rebooted " +
      "install.halted install.stalled install.timed-out install.disk-full install.io-error install.qemu-died " +
      "install.nothing-installed install.incomplete verify.boot-loader-missing verify.user-data-missing " +
      "verify.file-system-damaged verify.not-booting verify.not-active verify.rebooted verify.unexpected-console " +
      "convert.failed convert.timed-out publish.denied publish.not-found publish.name-taken publish.unreachable " +
      "publish.timed-out publish.failed record.unreadable build.cancelled internal";
    const known = new Set<string>(errorCodes);
    assert.deepEqual(
      first.split(" ").filter((code) => !known.has(code)),
      [],
    );
  });
});

describe("asStylusError", () => {
  it("leaves our own error as it is", () => {
    const error = new StylusError("publish.denied", { what: "A.", next: "B." });
    assert.equal(asStylusError(error), error);
  });

  it("wraps anything else as internal, with its text and itself as the cause", () => {
    const thrown = new TypeError("x is not a function");
    const error = asStylusError(thrown);
    assert.equal(error.code, "internal");
    assert.match(error.message, /An unexpected error: x is not a function\. .*Please report/);
    assert.equal(error.cause, thrown);
  });
});

describe("describeThrown", () => {
  for (const [rule, thrown, text] of [
    ["is an error's message", new Error("a"), "a"],
    [
      "follows the chain of causes",
      new Error("a", { cause: new Error("b", { cause: "c" }) }),
      "a: b: c",
    ],
    ["is the name of an error without message", new RangeError(), "RangeError"],
    ["is the text of what is no error", 42, "42"],
    ["is undefined's text", undefined, "undefined"],
  ] as const) {
    it(rule, () => assert.equal(describeThrown(thrown), text));
  }
});
