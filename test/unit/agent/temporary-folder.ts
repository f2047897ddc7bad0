import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A folder that is empty for each test and is created on first use. The hook applies to all test files of the
 * process, so it must be cheap.
 */
export function temporaryFolder(): () => string {
  let folder: string | undefined;
  afterEach(async () => {
    if (folder === undefined) return;
    await rm(folder, { recursive: true, force: true });
    folder = undefined;
  });
  return () => (folder ??= mkdtempSync(join(tmpdir(), "stylus-image-test-")));
}
