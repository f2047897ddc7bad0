import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { renderReport } from "../../../provider/report/render";
import { failed, report, withText } from "./samples";

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;
const titles = (page: string): string[] =>
  [...page.matchAll(/<h2 id="[^"]+">([^<]+)</g)].map(([, title]) => title!);

describe("renderReport", () => {
  const page = renderReport(report);

  it("contains artifacts, inputs, versions and addresses", () => {
    for (const text of [
      ...["1".repeat(64), "d".repeat(64), "c".repeat(64), "e".repeat(64)],
      ...["https://example.com/a.iso", "COS_LIVE", "100 GiB", "uefi with Secure Boot"],
      ...["isolated network", "edgeHostToken: &lt;text&gt;", "stylus.site.edgeHostToken"],
      ...["tcg: There is no /dev/kvm.", "8 GiB", "7.2.22", "1.5.4", "v24.1.0", "Linux 6.1"],
      ...["2026-11-25 17:54:18 UTC", "1 min 33 s", "45 s", "110 MiB", "failed after 5.0 s"],
      ...["GNU GRUB", "powering off", "5 MiB omitted", "install-serial.log", "COS_OEM", "ext4"],
      ...["s3://bucket/images/edge-111111111111/edge-222222222222.qcow2", "zlib 1.3"],
      ...["https://bucket.example.com/", "74.8 MiB (78,381,056 bytes)", "ova at directory:images"],
      ...[
        "The machine has less memory.",
        "The screenshots are left out.",
        "data:image/png;base64,iVBOR",
      ],
    ]) {
      assert.ok(page.includes(text), text);
    }
  });

  it("gives the same text for the same data", () => assert.equal(renderReport(report), page));

  it("begins with the artifacts, and for a failure with the cause", () => {
    assert.equal(titles(page)[0], "Artifacts");
    const failure = renderReport(failed);
    assert.deepEqual(titles(failure).slice(0, 3), ["Cause", "Screenshots", "Serial console"]);
    for (const text of [
      ...["install.panicked", "The installer&#39;s kernel panicked: sysrq.", "---[ end ]---"],
      ...["It had too little memory.", "Look at the console.", "machine.memory", "is small"],
    ]) {
      assert.ok(failure.includes(text), text);
    }
  });

  it("omits empty sections", () => {
    const { name, owner, begun, seconds, image, program } = report;
    const nothing = {
      ...{ stages: [], messages: [], screenshots: [], consoles: [], artifacts: [], pending: [] },
      plaintextSecrets: [],
    };
    const bare = renderReport({ name, owner, begun, seconds, image, program, ...nothing });
    assert.deepEqual(titles(bare), ["Inputs", "Provenance"]);
    assert.doesNotMatch(bare, /undefined|NaN|\[object/);
  });

  it("never contains the word undefined", () =>
    assert.doesNotMatch(page + renderReport(failed), /undefined|NaN|\[object/));

  it("links to every section, and has no identifier twice", () => {
    const identifiers = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
    assert.equal(new Set(identifiers).size, identifiers.length);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) {
      assert.ok(identifiers.includes(target!), target);
    }
  });

  it("refers to nothing outside the page", () => {
    const addresses = [...page.matchAll(/ (?:src|href|action|data|poster|srcset)="([^"]*)"/g)];
    for (const [, address] of addresses) assert.match(address!, /^(?:#|data:image\/png;base64,)/);
    assert.doesNotMatch(page, /@import|url\(/);
  });

  it("allows only its own style and script", () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)![1]!;
    const hash = (element: string): string => {
      const text = new RegExp(`<${element}>([^]*?)</${element}>`).exec(page)![1]!;
      return `&#39;sha256-${createHash("sha256").update(text).digest("base64")}&#39;`;
    };
    assert.deepEqual(policy.split("; "), [
      "default-src &#39;none&#39;",
      "img-src data:",
      `style-src ${hash("style")}`,
      `script-src ${hash("script")}`,
      "base-uri &#39;none&#39;",
      "form-action &#39;none&#39;",
    ]);
    assert.doesNotMatch(page, / style=| on[a-z]+=/);
  });

  it("escapes every value", () => {
    const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;`;
    const attacked = renderReport(withText(failed, () => hostile));
    assert.equal(count(attacked, /<script/g), 1);
    assert.equal(count(attacked, /<img/g), 1);
    assert.ok(count(attacked, /&lt;script&gt;alert\(1\)/g) > 40);
    // No attribute ended early: the text between < and > has balanced quotes.
    for (const [tag] of attacked.replace(/<(style|script)>[^]*?<\/\1>/g, "").matchAll(/<[^>]*>/g)) {
      assert.equal(count(tag, /"/g) % 2, 0, tag);
    }
  });
});
