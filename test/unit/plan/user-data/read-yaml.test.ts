import assert from "node:assert/strict";
import { parseUserData } from "../../../../provider/plan/user-data/read";

describe("parseUserData", () => {
  const texts: readonly (readonly [string, string, object])[] = [
    ["takes text with the header", "#cloud-config\na: 1\n", { a: 1 }],
    ["takes text without it", "a: 1\n", { a: 1 }],
    ["takes Windows line ends and a byte order mark", "\ufeff#cloud-config\r\na: 1\r\n", { a: 1 }],
    ["takes JSON", '{"a": [1, true]}', { a: [1, true] }],
    [
      "resolves anchors and merge keys",
      "a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n",
      { a: { b: 1 }, c: { b: 1, d: 2 } },
    ],
    [
      "keeps dates, port maps and MAC addresses as text",
      "a: 2024-01-01\nb: 80:80\nc: 52:54:00:12:34:56\n",
      { a: "2024-01-01", b: "80:80", c: "52:54:00:12:34:56" },
    ],
    [
      "keeps quoted words and numbers as text",
      `a: "yes"\nb: '0644'\nc: "1.10"\n`,
      { a: "yes", b: "0644", c: "1.10" },
    ],
    ["takes a tag that says text", "a: !!str 0644\n", { a: "0644" }],
    ["keeps multi-line text", "a: |\n  x\n  y\n", { a: "x\ny\n" }],
    ["takes yes, no and on as keys", "on: 1\n8080: 2\n", { on: 1, 8080: 2 }],
  ];
  for (const [rule, text, document] of texts) {
    it(rule, () => assert.deepEqual(parseUserData(text), { document, problems: [] }));
  }

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ["a closing quote that is missing", 'a: 1\nb: "x\n', /line [23]: a closing quote/],
    ["a list that is not closed", "a: 1\nb: [1, 2\nc: 3\n", /line 2: a closing bracket.*`\[`/],
    ["a map that is not closed", "a: {b: 1\n\nc:\n  - 1\n", /line 1: a closing bracket.*`\{`/],
    ["a list in a map that is closed", "a:\n  - {x: [1, 2}\n", /line 2: a closing bracket.*`\[`/],
    ["a list that a brace closes", "a: [1, 2}\n", /line 1: the `\[` that opens here is closed by/],
    ["a bracket too many", "a: 1\nb: [1]]\n", /line 2: the closing bracket `\]` has no opening/],
    ["a quote that never closes", 'a: "x\nb: 1\nc: 2\n', /line 1: a closing quote.*`"`/],
    ["an apostrophe that opens", "x:\n- 'abc\n- d\n", /line 2: a closing quote.*`'`/],
    ["a quote in a list", 'a: 1\nb: [1, "x]\nc: 3\n', /line 2: a closing quote/],
    ["text of UTF-16", "\ufffd\ufffda\0:\0", /UTF-16/],
    ["a control character", "a: 1\nb: \u001bx\n", /U\+001B in line 2/],
    ["a tab as indentation", "a:\n\tb: 1\n", /line 2: a tab/],
    ["a key twice", "a: 1\nb: 2\na: 3\n", /line 3: a map has the same key twice/],
    ["an alias without an anchor", "a: *b\n", /line 1: an alias/],
    ["an unknown tag", "a: !!binary aGk=\n", /line 1: has a tag/],
    ["a second document", "a: 1\n---\nb: 2\n", /line \d: a second document/],
    ["a script", "#!/bin/sh\necho hello\n", /must be a map/],
    ["a list", "- a\n", /must be a map/],
    ["nothing", "", /empty/],
    ["a header alone", "#cloud-config\n", /empty/],
    ["a key that is a list", "a: 1\n? [b]\n: 1\n", /line 2: a key/],
    [
      "aliases that explode",
      "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n",
      /aliases/,
    ],
    ...["yes", "No", "on", "OFF", "y"].map(
      (word) =>
        [`the word ${word} without quotes`, `a: 1\nb: ${word}\n`, /line 2: yes, no/] as const,
    ),
    ...[
      "0644",
      "0899",
      "1_000",
      "0b11",
      "0o17",
      "0x1F",
      "1.10",
      "1.0",
      "1e3",
      "+5",
      ".5",
      ".inf",
      "12345678901234567890",
    ].map(
      (number) =>
        [`the number ${number} without quotes`, `a: [${number}]\n`, /line 1: a number/] as const,
    ),
  ];
  for (const [what, text, reason] of refused) {
    it(`refuses ${what}, saying where`, () => {
      const { problems } = parseUserData(text);
      assert.ok(problems.length > 0);
      assert.ok(problems.every(({ path }) => path.startsWith("userData")));
      assert.ok(
        problems.some((problem) => reason.test(problem.reason)),
        JSON.stringify(problems),
      );
    });
  }

  it("names an open bracket once, and not what follows from it", () => {
    const { problems } = parseUserData("a: {b: [1, {c: 2\nd: 3\n");
    assert.ok(problems.every(({ reason }) => reason.startsWith("line 1: a closing bracket")));
    assert.equal(problems.length, 2);
  });

  it("takes names of JavaScript's objects for what they are: plain text", () => {
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
      const { problems } = parseUserData(`a: ${name}\nb: [${name}\nc: 1\n`);
      assert.deepEqual(
        problems.filter(({ reason }) => !reason.startsWith("line 2")),
        [],
        name,
      );
      assert.deepEqual(parseUserData(`a: ${name}\n${name}: {a: 1}\n`).problems, []);
    }
  });

  it("takes brackets and quotes in plain text and in comments", () => {
    const { problems } = parseUserData("a: it's [x\n# don't {\nb: |\n  [\n");
    assert.deepEqual(problems, []);
  });

  it("reports every error of a text", () => {
    const { problems } = parseUserData("a: yes\nb: 0644\nc: on\n");
    assert.deepEqual(
      problems.map(({ reason }) => reason.slice(0, 6)),
      ["line 1", "line 2", "line 3"],
    );
  });

  it("refuses a map that contains itself, with its path", () => {
    const { problems } = parseUserData("a: &x\n  b: *x\n");
    assert.deepEqual(problems, [{ path: "userData.a.b", reason: "contains itself" }]);
  });

  const objects: readonly (readonly [string, unknown, string])[] = [
    ["a function", () => 1, "function"],
    ["a bigint", 1n, "bigint"],
    ["a date", new Date(0), "plain object"],
    ["a number that is too large to be kept", 2 ** 53, "exactly"],
    ["NaN", NaN, "exactly"],
    ["half a character", "\ud800", "Unicode"],
  ];
  for (const [what, value, reason] of objects) {
    it(`refuses ${what} in an object, with its path`, () => {
      const { problems } = parseUserData({ a: [{ b: value }] });
      assert.deepEqual(
        problems.map(({ path }) => path),
        ["userData.a[0].b"],
      );
      assert.ok(problems[0]!.reason.includes(reason));
    });
  }

  it("omits undefined members of an object and copies the rest", () => {
    const given = { a: undefined, b: [{ c: 1 }] };
    const { document } = parseUserData(given);
    assert.deepEqual(document, { b: [{ c: 1 }] });
    assert.notEqual(document.b, given.b);
  });
});
