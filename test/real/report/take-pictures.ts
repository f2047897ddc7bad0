import { join, resolve } from "node:path";
import { openPage, startBrowser, views, type View } from "../../servers/browser";

/**
 * Takes the pictures of docs/report from reports of real builds:
 *
 *     node --require ./test/typescript.cjs test/real/report/take-pictures.ts BUILT FAILED FOLDER
 */
async function takePictures([built, failed, folder]: readonly string[]): Promise<void> {
  if (built === undefined || failed === undefined || folder === undefined) {
    throw new Error("wanted: the report of a build, the report of a failure, a folder");
  }
  const browser = await startBrowser();
  try {
    const take = async (name: string, report: string, view: View, from?: string): Promise<void> => {
      const page = await openPage(browser, resolve(report), view);
      if (from !== undefined) {
        await page.evaluate(`document.querySelector("${from}").scrollIntoView()`);
      }
      await page.screenshot({ path: `${join(folder, name)}.png` });
    };
    await take("light", built, { ...views.light, height: 1500 });
    await take("dark", built, { ...views.dark, height: 1500 }, "#timeline");
    await take("phone", built, { ...views.phone, height: 1200 });
    await take("failure", failed, { ...views.light, height: 1500 });
  } finally {
    await browser.close();
  }
}

void takePictures(process.argv.slice(2));
