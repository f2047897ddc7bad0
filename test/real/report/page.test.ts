import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "puppeteer-core";
import { renderReport } from "../../../provider/report/render";
import type { Report } from "../../../provider/report/report";
import { openPage, startBrowser, views, type View } from "../../servers/browser";
import { failed, report, withText } from "../../unit/report/samples";
import { audit } from "./accessibility";

const long = Array.from({ length: 3000 }, (_, index) => `[ ${index}.123] line ${index} of it`);
const withLog = (head: string): Report => ({
  ...report,
  consoles: [{ ...report.consoles[0]!, head, tail: undefined, omittedBytes: 0 }],
});

describe("The report in a browser", function () {
  this.timeout(60_000);
  let browser: Browser;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "report-"));
    browser = await startBrowser();
  });
  after(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  });

  const show = async (shown: Report, view: View = views.light): Promise<Page> => {
    const file = join(folder, "report.html");
    await writeFile(file, renderReport(shown));
    return openPage(browser, file, view);
  };
  const ask = (page: Page, expression: string): Promise<unknown> => page.evaluate(expression);
  const focused = (page: Page) =>
    ask(page, "document.activeElement.id || document.activeElement.textContent.trim()");

  for (const [name, view] of Object.entries(views)) {
    for (const [what, shown] of [
      ["a build", report],
      ["a failure", failed],
    ] as const) {
      it(`has no violation that axe knows: ${what}, ${name}`, async () => {
        const page = await show(shown, view);
        await page.click("summary");
        const { violations, passes } = await audit(page);
        assert.deepEqual(violations, []);
        for (const rule of ["color-contrast", "landmark-one-main", "heading-order", "image-alt"]) {
          assert.ok(passes.includes(rule), rule);
        }
      });
    }
  }

  it("is seen to be wrong by axe where it is", async () => {
    const page = await show(report);
    await ask(page, "document.querySelector('img').removeAttribute('alt')");
    await ask(page, "document.querySelector('h1').style.color = '#ccc'");
    await ask(page, "document.documentElement.removeAttribute('lang')");
    const rules = (await audit(page)).violations.map((it) => it.split(":")[0]);
    assert.ok(rules.includes("image-alt") && rules.includes("html-has-lang"), rules.join());
  });

  for (const width of [320, 360, 768, 1100]) {
    it(`scrolls sideways nowhere but in the log at ${width} pixels`, async () => {
      const wide = withText(failed, (text) => `${text} ${"x".repeat(300)}`);
      const page = await show(wide, { scheme: "light", width, height: 740 });
      assert.equal(await ask(page, "document.documentElement.scrollWidth"), width);
      const inside = "[...document.querySelectorAll('main *')]";
      const wider = `${inside}.filter((it) => it.scrollWidth > it.clientWidth + 1 && getComputedStyle(it).overflowX === 'auto').map((it) => it.className)`;
      for (const name of (await ask(page, wider)) as string[]) assert.equal(name, "log");
    });
  }

  it("is dark where the reader wants it dark", async () => {
    const ground = async (view: View) => {
      const colour = String(
        await ask(await show(report, view), "getComputedStyle(document.body).backgroundColor"),
      );
      return Number(/\d+/.exec(colour)?.[0]);
    };
    assert.ok((await ground(views.light)) > 200);
    assert.ok((await ground(views.dark)) < 50);
  });

  it("moves nothing for a reader who wants no motion", async () => {
    const page = await show(report);
    const behaviour = "getComputedStyle(document.documentElement).scrollBehavior";
    assert.equal(await ask(page, behaviour), "auto");
    const moving =
      "[...document.querySelectorAll('*')].filter((it) => { const s = getComputedStyle(it); return s.animationName !== 'none' || s.transitionDuration !== '0s'; }).length";
    assert.equal(await ask(page, moving), 0);
  });

  it("runs nothing that a guest wrote, and asks for nothing", async () => {
    const hostile = `"'><script>window.hit = 1</script><img src="http://127.0.0.1:9/x" onerror="window.hit = 2"></pre><svg onload="window.hit = 3">`;
    const requests: string[] = [];
    const file = join(folder, "hostile.html");
    await writeFile(file, renderReport(withText(failed, () => hostile)));
    const page = await browser.newPage();
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(`file://${file}`);
    await page.type("input[type=search]", "<script>window");
    await page.waitForSelector("mark");
    assert.equal(await ask(page, "window.hit"), undefined);
    assert.equal(await ask(page, "document.scripts.length"), 1);
    assert.match(String(await ask(page, "document.querySelector('pre').textContent")), /<script>/);
    assert.deepEqual(
      requests.filter((url) => !url.startsWith("data:")),
      [`file://${file}`],
    );
  });

  it("would not run it even where it had become markup", async () => {
    const page = await show(report);
    const refused: string[] = [];
    page.on("console", (message) => refused.push(message.text()));
    await ask(
      page,
      "document.body.insertAdjacentHTML('beforeend', '<img src=\"data:,\" onerror=\"window.hit = 1\">')",
    );
    await ask(
      page,
      "{ const it = document.createElement('script'); it.textContent = 'window.hit = 2'; document.body.append(it); }",
    );
    await page.waitForFunction("performance.now() > 0");
    assert.equal(await ask(page, "window.hit"), undefined);
    assert.ok(
      refused.some((text) => /Content Security Policy/.test(text)),
      refused.join("\n"),
    );
  });

  describe("the search in the console", () => {
    const count = (page: Page) => ask(page, "document.querySelector('output').textContent");
    const current = (page: Page) =>
      ask(page, "document.querySelector('mark[aria-current]')?.textContent");
    const search = async (page: Page, text: string): Promise<void> => {
      await page.type("input[type=search]", text);
      await page.waitForFunction("document.querySelector('output').textContent !== ''");
    };

    it("is reached and used by keyboard alone", async () => {
      const page = await show(withLog(long.join("\n")));
      let reached = "";
      for (let tabs = 0; tabs < 60 && reached !== "console-1-search"; tabs += 1) {
        await page.keyboard.press("Tab");
        reached = String(await focused(page));
      }
      assert.equal(reached, "console-1-search");
      await page.keyboard.type("LINE 299");
      await page.waitForFunction("document.querySelector('output').textContent !== ''");
      assert.equal(await count(page), "1 of 11");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Enter");
      assert.equal(await count(page), "3 of 11");
      await page.keyboard.down("Shift");
      await page.keyboard.press("Enter");
      await page.keyboard.up("Shift");
      assert.equal(await count(page), "2 of 11");
      assert.equal(await current(page), "line 299");
      await page.keyboard.press("Tab");
      assert.equal(await ask(page, "document.activeElement.className"), "log");
    });

    it("scrolls the log, and not the page, to what is found", async () => {
      const page = await show(withLog(long.join("\n")));
      await page.focus("input[type=search]");
      const before = await ask(page, "scrollY");
      await search(page, "line 2500");
      assert.equal(await ask(page, "scrollY"), before);
      const inSight =
        "(() => { const log = document.querySelector('.console pre').getBoundingClientRect(); const mark = document.querySelector('mark').getBoundingClientRect(); return mark.top >= log.top && mark.bottom <= log.bottom; })()";
      assert.equal(await ask(page, inSight), true);
    });

    it("takes every character as it is", async () => {
      const page = await show(withLog("a.c [x] (y) \\z $& a^b abc\nİstanbul a.c"));
      for (const [text, wanted] of [
        ["a.c", "1 of 2"],
        ["[x] (y) \\z $&", "1 of 1"],
        ["a^b", "1 of 1"],
        ["nowhere", "not found"],
      ] as const) {
        await search(page, text);
        assert.equal(await count(page), wanted, text);
        await ask(page, "document.querySelector('input').value = ''");
        await page.type("input[type=search]", " ");
        await page.keyboard.press("Backspace");
        await page.waitForFunction("document.querySelector('output').textContent === ''");
      }
      assert.equal(
        await ask(page, "document.querySelector('.console pre').textContent"),
        "a.c [x] (y) \\z $& a^b abc\nİstanbul a.c",
      );
    });

    it("stays quick where a letter stands everywhere", async () => {
      const page = await show(withLog(long.join("\n")));
      await search(page, "i");
      assert.equal(await count(page), "1 of 1000 or more");
    });
  });

  it("opens the user-data and makes a picture large by keyboard", async () => {
    const page = await show(report);
    await page.focus("summary");
    await page.keyboard.press("Enter");
    assert.equal(await ask(page, "document.querySelector('details').open"), true);
    const width = () => ask(page, "document.querySelector('figure').clientWidth");
    const before = Number(await width());
    await page.focus("figure a");
    await page.keyboard.press("Enter");
    assert.ok(Number(await width()) > before * 2);
  });

  it("copies a reference, and says so", async () => {
    const page = await show(report);
    await page.focus("#artifacts .copy");
    await page.keyboard.press("Enter");
    await page.waitForFunction("document.querySelector('#status').textContent !== ''");
    assert.match(
      String(await ask(page, "document.querySelector('#status').textContent")),
      /^Copied SHA-256 of qcow2/,
    );
    assert.equal(await ask(page, "String(getSelection())"), "e".repeat(64));
  });

  it("leads to its content first, and can be read without its script", async () => {
    const file = join(folder, "plain.html");
    await writeFile(file, renderReport(report));
    const page = await browser.newPage();
    await page.setJavaScriptEnabled(false);
    await page.goto(`file://${file}`);
    await page.keyboard.press("Tab");
    const { children = [] } = (await page.accessibility.snapshot()) ?? {};
    const named = JSON.stringify(children);
    assert.match(named, /Skip to the content/);
    assert.match(named, /powering off/);
    assert.doesNotMatch(named, /searchbox|"Copy /);
  });
});
