import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Version of pulumi-stylus-image, from the package.json above this file, wherever it was compiled to. */
export function packageVersion(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, "package.json");
    if (!existsSync(file)) continue;
    const match = /"version": "([^"]+)"/.exec(readFileSync(file, "utf8"));
    if (match?.[1] !== undefined) return match[1];
  }
  return "unknown";
}
