import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";

const sector = 512;
const grain = 64 * 1024;

/**
 * Reads a VMDK from front to back, like an import without seeking, and asserts that all parts are consistent. Returns
 * the disk's content.
 */
export function readAsStream(file: Buffer): Buffer {
  const disk = Buffer.alloc(Number(file.readBigUInt64LE(12)) * sector);
  const grains = new Map<number, number>();
  const tables = new Map<number, number>();
  let pending: number[] = [];
  let directory = 0;
  let last = -1;
  for (let at = Number(file.readBigUInt64LE(64)) * sector; ;) {
    const value = Number(file.readBigUInt64LE(at));
    const size = file.readUInt32LE(at + 8);
    if (size > 0) {
      const number = (value * sector) / grain;
      assert.ok(number > last, "grains are in the order of the disk");
      last = number;
      const bytes = inflateSync(file.subarray(at + 12, at + 12 + size));
      assert.equal(bytes.length, grain);
      assert.ok(
        bytes.some((byte) => byte !== 0),
        "a grain of zeros is not written",
      );
      bytes.copy(disk, number * grain);
      grains.set(number, at / sector);
      pending.push(number);
      const end = at + 12 + size;
      at = Math.ceil(end / sector) * sector;
      assert.ok(
        file.subarray(end, at).every((byte) => byte === 0),
        "padding is zeros",
      );
      continue;
    }
    const type = file.readUInt32LE(at + 12);
    const content = file.subarray(at + sector, at + sector + value * sector);
    at += sector;
    if (type === 1) {
      assert.ok(pending.length > 0, "a table without grains is left out");
      const table = Math.floor((pending[0] ?? 0) / 512);
      tables.set(table, at / sector);
      assert.equal(content.length, 2048);
      for (let entry = 0; entry < 512; entry += 1) {
        const number = table * 512 + entry;
        const expected = pending.includes(number) ? grains.get(number) : 0;
        assert.equal(content.readUInt32LE(entry * 4), expected);
      }
      pending = [];
    } else if (type === 2) {
      directory = at / sector;
      for (let entry = 0; entry * 4 < content.length; entry += 1) {
        assert.equal(content.readUInt32LE(entry * 4), tables.get(entry) ?? 0);
      }
    } else if (type === 3) {
      assert.equal(Number(content.readBigUInt64LE(56)), directory);
    } else {
      assert.equal(type, 0);
      assert.deepEqual(pending, [], "a table follows the last grains");
      assert.equal(at, file.length, "nothing follows the end of the stream");
      return disk;
    }
    at += value * sector;
  }
}
