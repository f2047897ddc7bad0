import assert from "node:assert/strict";
import { escape, html, prose } from "../../../provider/report/html";

describe("escape", () => {
  const texts: readonly (readonly [string, string, string])[] = [
    ["an element", "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"],
    ["an entity", "&lt;b&gt;", "&amp;lt;b&amp;gt;"],
    ["quotes of both kinds", `" onload='x`, "&quot; onload=&#39;x"],
    ["the end of a comment", "--><img src=x>", "--&gt;&lt;img src=x&gt;"],
    ["an escape code", "\u001b[31mred", "\\u001b[31mred"],
    ["a zero", "a\u0000b", "a\\u0000b"],
    ["a character that turns the direction", "gpj.\u202eexe", "gpj.\\u202eexe"],
    ["an isolate", "\u2066x\u2069", "\\u2066x\\u2069"],
  ];
  for (const [what, text, expected] of texts) {
    it(`makes text of ${what}`, () => assert.equal(escape(text), expected));
  }

  for (const text of ["tabs\tand\nlines\r\n", "Größe, 大きさ, حجم", "1 < 2".replace("<", "≤")]) {
    it(`leaves ${JSON.stringify(text)} as it is`, () => assert.equal(escape(text), text));
  }
});

describe("html", () => {
  const hostile = "<b>&</b>";

  it("escapes texts, and markup never twice", () =>
    assert.equal(
      html`<p>${hostile} ${html`<i>${hostile}</i>`}</p>`.toString(),
      "<p>&lt;b&gt;&amp;&lt;/b&gt; <i>&lt;b&gt;&amp;&lt;/b&gt;</i></p>",
    ));

  it("omits undefined parts", () =>
    assert.equal(
      html`<p>${undefined}${[undefined, html`<br />`]}</p>`.toString(),
      "<p>\n<br /></p>",
    ));

  it("writes numbers", () => assert.equal(html`${0} ${1.5}`.toString(), "0 1.5"));
});

describe("prose", () => {
  it("marks text between backticks as code, and escapes all of it", () =>
    assert.equal(
      prose("Raise `a<b>`, or <i> `not").toString(),
      "Raise <code>a&lt;b&gt;</code>, or &lt;i&gt; `not",
    ));
});
