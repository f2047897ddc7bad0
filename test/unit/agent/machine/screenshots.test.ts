import assert from "node:assert/strict";
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { screenRecorder } from "../../../../provider/agent/machine/screen-recorder";
import { readScreenshots } from "../../../../provider/agent/machine/screenshots";
import { temporaryFolder } from "../temporary-folder";

/** A monitor that writes screenshots like QEMU. */
function monitor(pixelsAt: (shot: number) => Buffer | undefined) {
  let shot = 0;
  return {
    shots: () => shot,
    async execute(command: string, argument: Readonly<Record<string, unknown>> = {}) {
      assert.equal(command, "screendump");
      const pixels = pixelsAt(shot++);
      if (pixels === undefined) throw new Error("QEMU is gone");
      const header = Buffer.from("P6\n64 48\n255\n");
      await writeFile(String(argument["filename"]), Buffer.concat([header, pixels]));
    },
  };
}

/** A screen whose upper part is `level`, and the rest black. */
const screen = (level: number): Buffer => {
  const pixels = Buffer.alloc(64 * 48 * 3);
  return pixels.fill(level, 0, 64 * 10 * 3);
};

describe("screenRecorder", () => {
  const folder = temporaryFolder();
  const place = () => ({
    folder: join(folder(), "screens"),
    scratch: join(folder(), "screen.ppm"),
  });
  const shoot = async (
    pixelsAt: (shot: number) => Buffer | undefined,
    shots: number,
    most = 12,
  ) => {
    const film = screenRecorder({ ...place(), mostScreenshots: most });
    const qemu = monitor(pixelsAt);
    for (let shot = 0; shot < shots; shot += 1) {
      await film.last(qemu);
      // Screenshots are named by their time in milliseconds.
      await delay(2);
    }
    await film.done();
    return readScreenshots(place().folder, "Install");
  };

  it("keeps a screenshot only if the screen changed", async () => {
    const film = await shoot((shot) => screen(1 + Math.floor(shot / 3)), 9);
    assert.equal(film?.screenshots.length, 3);
    assert.deepEqual([film.screenshots[0]!.width, film.screenshots[0]!.height], [64, 48]);
  });

  it("keeps no blank screen", async () =>
    assert.equal(await shoot(() => Buffer.alloc(64 * 48 * 3), 3), undefined));

  it("keeps few of many screenshots, spread from the first to the last", async () => {
    const film = await shoot((shot) => screen(shot + 1), 100, 6);
    assert.ok(film !== undefined && film.screenshots.length <= 6 && film.screenshots.length >= 3);
    const times = film.screenshots.map(({ at }) => at);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
    assert.equal((await readdir(place().folder)).length, film.screenshots.length);
  });

  it("continues when QEMU does not answer", async () => {
    const film = await shoot((shot) => (shot % 2 === 0 ? undefined : screen(shot)), 6);
    assert.equal(film?.screenshots.length, 3);
  });

  it("makes every screenshot readable by its owner only", async () => {
    await shoot((shot) => screen(shot + 1), 2);
    for (const name of await readdir(place().folder)) {
      assert.equal((await stat(join(place().folder, name))).mode & 0o777, 0o600);
    }
  });

  it("takes screenshots at intervals until it is stopped", async () => {
    const film = screenRecorder({ ...place(), mostScreenshots: 12 });
    const qemu = monitor((shot) => screen(shot + 1));
    const end = new AbortController();
    const following = film.follow(qemu, end.signal);
    await delay(3500);
    end.abort();
    await following;
    const shots = qemu.shots();
    assert.ok(shots >= 1 && shots <= 3, String(shots));
    await delay(50);
    assert.equal(qemu.shots(), shots);
  });

  it("removes all screenshots of a guest that printed a secret, and takes no more", async () => {
    const film = screenRecorder({ ...place(), mostScreenshots: 12 });
    const qemu = monitor((shot) => screen(shot + 1));
    await film.last(qemu);
    film.withhold();
    await film.last(qemu);
    await film.done();
    const { screenshots: pictures, withheld } = (await readScreenshots(place().folder, "Install"))!;
    assert.deepEqual(pictures, []);
    assert.match(withheld ?? "", /printed a secret/);
    assert.equal((await readdir(place().folder)).filter((name) => name.endsWith(".png")).length, 0);
  });

  it("removes the screenshots of an earlier run", async () => {
    await shoot((shot) => screen(shot + 1), 3);
    assert.equal(await shoot(() => undefined, 1), undefined);
  });
});
