import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeImage, type PackedGrains } from "../../../../provider/formats/vmdk/write";

const contentDigest = "c0ffee00".repeat(8);

/** A grain in the file: `sectors` sectors of one repeated byte. */
const grain = (entry: number, sectors: number) => ({ entry, sectors });
const filled = (table: number, byte: number, ...grains: PackedGrains["grains"]): PackedGrains => ({
  table,
  grains,
  bytes: Buffer.alloc(512 * grains.reduce((sum, { sectors }) => sum + sectors, 0), byte),
});

async function image(capacity: number, packed: readonly PackedGrains[], base = 0) {
  const parts: Buffer[] = [];
  let position = base;
  await writeImage({ capacity, contentDigest }, inOrder(packed), {
    get position() {
      return position;
    },
    append(bytes) {
      parts.push(Buffer.from(bytes));
      position += bytes.length;
      return Promise.resolve();
    },
  });
  return Buffer.concat(parts);
}

async function* inOrder<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

/** Reads the fields of a header by their offsets in VMware's specification. */
function headerAt(file: Buffer, at: number) {
  return {
    magic: file.toString("latin1", at, at + 4),
    version: file.readUInt32LE(at + 4),
    flags: file.readUInt32LE(at + 8),
    capacity: file.readBigUInt64LE(at + 12),
    grainSize: file.readBigUInt64LE(at + 20),
    descriptorOffset: file.readBigUInt64LE(at + 28),
    descriptorSize: file.readBigUInt64LE(at + 36),
    entriesPerTable: file.readUInt32LE(at + 44),
    redundantDirectory: file.readBigUInt64LE(at + 48),
    directory: file.readBigUInt64LE(at + 56),
    overHead: file.readBigUInt64LE(at + 64),
    uncleanShutdown: file.readUInt8(at + 72),
    newLines: file.toString("latin1", at + 73, at + 77),
    compression: file.readUInt16LE(at + 77),
    rest: file.subarray(at + 79, at + 512).every((byte) => byte === 0),
  };
}

function markerAt(file: Buffer, sector: number) {
  const at = sector * 512;
  return {
    value: file.readBigUInt64LE(at),
    size: file.readUInt32LE(at + 8),
    type: file.readUInt32LE(at + 12),
    rest: file.subarray(at + 16, at + 512).every((byte) => byte === 0),
  };
}

const entry = (file: Buffer, sector: number, index: number) =>
  file.readUInt32LE(sector * 512 + index * 4);
const nonZero = (file: Buffer, sector: number, count: number) =>
  Array.from({ length: count }, (_, index) => [index, entry(file, sector, index)] as const).filter(
    ([, value]) => value !== 0,
  );

describe("writing a VMDK", () => {
  /** 96 MiB are three tables; the second has no grains. */
  const capacity = (96 * 1024 * 1024) / 512;
  const packed = [
    filled(0, 1, grain(0, 2), grain(5, 3)),
    filled(0, 0),
    filled(0, 2, grain(511, 1)),
    filled(1, 0),
    filled(2, 3, grain(7, 4)),
  ];

  it("begins with a header that points to the end, and the descriptor behind it", async () => {
    const file = await image(capacity, packed);
    assert.deepEqual(headerAt(file, 0), {
      magic: "KDMV",
      version: 3,
      flags: 0x30001,
      capacity: BigInt(capacity),
      grainSize: 128n,
      descriptorOffset: 1n,
      descriptorSize: 20n,
      entriesPerTable: 512,
      redundantDirectory: 0n,
      directory: 0xffff_ffff_ffff_ffffn,
      overHead: 128n,
      uncleanShutdown: 0,
      newLines: "\n \r\n",
      compression: 1,
      rest: true,
    });
    const text = file.toString("latin1", 512, 21 * 512);
    assert.match(text, /^# Disk DescriptorFile\n[^\0]*"2147483647"\n\0+$/);
    assert.ok(file.subarray(21 * 512, 128 * 512).every((byte) => byte === 0));
  });

  it("puts each table behind its grains, the directory behind the tables, and leaves an empty table out", async () => {
    const file = await image(capacity, packed);
    assert.deepEqual(
      [...file.subarray(128 * 512, 134 * 512).filter((_, at) => at % 512 === 0)],
      [1, 1, 1, 1, 1, 2],
    );
    assert.deepEqual(markerAt(file, 134), { value: 4n, size: 0, type: 1, rest: true });
    assert.deepEqual(nonZero(file, 135, 512), [
      [0, 128],
      [5, 130],
      [511, 133],
    ]);
    assert.deepEqual(markerAt(file, 143), { value: 4n, size: 0, type: 1, rest: true });
    assert.deepEqual(nonZero(file, 144, 512), [[7, 139]]);
    assert.deepEqual(markerAt(file, 148), { value: 1n, size: 0, type: 2, rest: true });
    assert.deepEqual(nonZero(file, 149, 128), [
      [0, 135],
      [2, 144],
    ]);
  });

  it("ends with a footer at the last sector but one and the end of the stream at the last", async () => {
    const file = await image(capacity, packed);
    assert.equal(file.length, 153 * 512);
    assert.deepEqual(markerAt(file, 150), { value: 1n, size: 0, type: 3, rest: true });
    assert.deepEqual(headerAt(file, file.length - 1024), {
      ...headerAt(file, 0),
      directory: 149n,
    });
    assert.deepEqual(markerAt(file, 152), { value: 0n, size: 0, type: 0, rest: true });
  });

  it("keeps these bytes", async () => {
    const digest = createHash("sha256").update(await image(capacity, packed));
    assert.equal(
      digest.digest("hex"),
      "d5c45286a3c7a0308a3722a370ce0742788ce97267e2d1d3559990eba532d0ba",
    );
  });

  it("of a disk of zeros has a directory without entries", async () => {
    const file = await image(capacity, []);
    assert.equal(file.length, (128 + 2 + 3) * 512);
    assert.deepEqual(markerAt(file, 128), { value: 1n, size: 0, type: 2, rest: true });
    assert.deepEqual(nonZero(file, 129, 128), []);
  });

  it("counts the directory in whole sectors", async () => {
    for (const [tables, sectors] of [
      [1, 1n],
      [128, 1n],
      [129, 2n],
    ] as const) {
      const file = await image(tables * 65_536, []);
      assert.equal(markerAt(file, 128).value, sectors);
      assert.equal(file.length, (128 + 1 + Number(sectors) + 3) * 512);
    }
  });

  it("refuses a file whose parts 32 bits cannot address", async () => {
    const end = 2 ** 32 * 512;
    const overhead = 128 * 512;
    const one = [filled(0, 1, grain(0, 1))];
    const refusal = { code: "convert.failed", message: /2 TiB/ };
    // The grain begins at the last sector, and its table behind it.
    await assert.rejects(image(capacity, one, end - overhead - 512), refusal);
    await assert.rejects(image(capacity, one, end - overhead), refusal);
    await image(capacity, one, end - overhead - 3 * 512);
  });
});
