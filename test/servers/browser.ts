import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Browser, Page } from "puppeteer-core";

/** The browser that `tools/set-up.sh --tests` installs, or a complete one if present. */
const programs = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

export async function startBrowser(): Promise<Browser> {
  const { launch } = await import("puppeteer-core");
  return launch({
    executablePath: await findBrowser(),
    // Chromium does not start its sandbox as root, and CI runs as root. The only page is a report of this package.
    args: ["--no-sandbox", "--hide-scrollbars"],
  });
}

export interface View {
  readonly scheme: "light" | "dark";
  readonly width: number;
  readonly height: number;
}

export const views = {
  light: { scheme: "light", width: 1100, height: 1200 },
  dark: { scheme: "dark", width: 1100, height: 1200 },
  phone: { scheme: "light", width: 360, height: 740 },
} as const satisfies Record<string, View>;

/** A page with the given colour scheme and size, without network access. */
export async function openPage(browser: Browser, file: string, view: View): Promise<Page> {
  const page = await browser.newPage();
  await page.setOfflineMode(true);
  await page.setViewport({ width: view.width, height: view.height });
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: view.scheme },
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
  await page.goto(`file://${file}`);
  return page;
}

async function findBrowser(): Promise<string> {
  for (const program of programs) {
    for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
      const path = join(folder, program);
      const isThere = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isThere) return path;
    }
  }
  throw new Error("there is no browser: run `tools/set-up.sh --tests`");
}
