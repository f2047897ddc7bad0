import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder that each test finds empty, made when it asks. The hook is the whole run's, so it must cost the others nothing. */
export function temporaryFolder(): () => string {
  let folder: string | undefined;
  afterEach(async () => {
    if (folder === undefined) return;
    await rm(folder, { recursive: true, force: true });
    folder = undefined;
  });
  return () => (folder ??= mkdtempSync(join(tmpdir(), "stylus-image-test-")));
}
