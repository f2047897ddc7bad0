// node tools/fetch-installer.cjs FILE: downloads the installer ISO_URL through the cache that builds use.
// The URL is read from the environment, because a signed one is a credential and every user can read arguments. SHA256
// in the environment is the expected digest, in lower case. Run `npm run build` first.
const { createHash } = require("node:crypto");
const { copyFile, constants, rename, rm } = require("node:fs/promises");
const { downloadInstaller } = require("../dist/provider/system/download/download.js");
const { withLock } = require("../dist/provider/system/lock/lock.js");
const { defaultCacheDirectory, workspaceAt } = require("../dist/provider/system/workspace.js");

async function main(url, file) {
  const cache = workspaceAt(defaultCacheDirectory());
  const cancel = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => cancel.abort());
  const { signal } = cancel;
  const sha256 = process.env["SHA256"] || undefined;
  const onProgress = () => undefined;
  const id = createHash("sha256").update(url).digest("hex");
  const fetched = await withLock(cache.lock(`fetch-${id}`), { signal }, () =>
    downloadInstaller({ url, sha256 }, { directory: cache.installers, signal, onProgress }),
  );
  await place(fetched.path, file);
  console.error(`The installer's SHA-256 is ${fetched.sha256}.`);
}

/** Copies to a temporary name first, so that a full disk leaves no incomplete file under the final name. */
async function place(from, file) {
  const part = `${file}.part`;
  try {
    await copyFile(from, part, constants.COPYFILE_FICLONE);
    await rename(part, file);
  } catch (thrown) {
    await rm(part, { force: true });
    throw thrown;
  }
}

main(process.env["ISO_URL"], process.argv[2]).catch((thrown) => {
  console.error(`error: ${thrown.message}`);
  process.exitCode = 1;
});
