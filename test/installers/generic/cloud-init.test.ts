import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { typeAtConsole, type Exchange } from "../typed-console";
import {
  buildImage,
  imageUser,
  makeInstaller,
  publishedFile,
  runIn,
  shownByUserData,
} from "./build-image";

const siteUser = { name: "carol", password: "battery-staple-9" };

/** Logs in, waits until cloud-init has finished, and prints what it has done. */
const login = ({ name, password }: typeof imageUser): readonly Exchange[] => [
  { shown: /login: /, typed: name },
  { shown: /Password: /, typed: password },
  { shown: /\$ /, typed: "cloud-init status --wait --long; hostname; id -nG; cat /etc/greeting" },
  { shown: /status: \w+[^$]*\$ / },
];

// The tests depend on each other: they boot one image.
describe("An installer that is not Kairos, and the cloud-init of its system", function () {
  this.timeout(2_400_000);
  let folder = "";
  let image = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylus-generic-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("is installed, is verified by what its user-data prints, and is published", async () => {
    const built = await buildImage(folder, await makeInstaller(folder));
    assert.equal(built.exitCode, 0, built.stderr);
    image = publishedFile(built);
  });

  it("lets the image's user log in, and has applied the image's user-data", async () => {
    const console = await typeAtConsole(image, login(imageUser));
    assert.match(console, /status: done/);
    assert.match(console, /\nimage-1\r\n/);
    assert.match(console, /\nalice sudo admin\r\n/);
    assert.match(console, /\nhello/);
  });

  it("applies the seed of a site in place of the image's user-data", async () => {
    const files = [{ path: "/etc/greeting", content: "site" }];
    const site = { hostname: "store-7", write_files: files };
    await writeFile(join(folder, "site.yaml"), `#cloud-config\n${JSON.stringify(site)}\n`);
    await writeFile(join(folder, "site-password"), `${siteUser.password}\n`);
    const made = await runIn(folder, [
      ...["seed", "--user", siteUser.name, "--password-file", "site-password"],
      ...["--user-data", "site.yaml", "--name", "store-7", "--to", "seeds", "--json"],
    ]);
    assert.equal(made.exitCode, 0, made.stderr);
    const console = await typeAtConsole(image, login(siteUser), { cd: publishedFile(made) });
    assert.match(console, /status: done/);
    assert.match(console, /\nstore-7\r\n/);
    assert.match(console, /\ncarol sudo admin\r\n/);
    assert.match(console, /\nsite/);
    assert.doesNotMatch(console, shownByUserData);
  });
});
