import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { encoderName, openZlib } from "../../../../provider/formats/deflate/deflate";
import {
  deflateBlock,
  deflateBound,
  type Deflater,
} from "../../../../provider/formats/deflate/deflater";
import { deflateSample } from "../../../../provider/formats/deflate/sample";

/** Compresses nothing, like a library of another build. */
const copying = (difference: number): Deflater => ({
  name: "copy level 0",
  deflate: (block, into) => {
    into[0] = difference;
    return Promise.resolve(block.copy(into, 1) + 1);
  },
  close: () => undefined,
});

describe("the deflaters' sample", () => {
  it("is the same everywhere", () => {
    const digest = createHash("sha256");
    for (const block of deflateSample()) {
      assert.equal(block.length, deflateBlock);
      digest.update(block);
    }
    assert.equal(
      digest.digest("hex"),
      "692addf07bf4a80ecd241342b5255ded0a279766f19e9b379ea58fdebb05e3db",
    );
  });
});

describe("an encoder's name", () => {
  it("tells two builds of one version apart, and two runs not", async () => {
    const one = await encoderName(() => Promise.resolve(copying(1)));
    assert.match(one, /^copy level 0 \([0-9a-f]{8}\)$/);
    assert.equal(await encoderName(() => Promise.resolve(copying(1))), one);
    assert.notEqual(await encoderName(() => Promise.resolve(copying(2))), one);
  });

  it("says the version of zlib and the level", async () => {
    const name = await encoderName(() => Promise.resolve(openZlib()));
    assert.match(name, /^zlib \d+\.\d+[^ ]* level 5 \([0-9a-f]{8}\)$/);
  });

  it("frees the deflater, also when it fails", async () => {
    let closed = 0;
    const counted = { ...copying(1), close: () => void (closed += 1) };
    await encoderName(() => Promise.resolve(counted));
    const deflate = () => Promise.reject(new Error("no memory"));
    await assert.rejects(
      encoderName(() => Promise.resolve({ ...counted, deflate })),
      /no memory/,
    );
    assert.equal(closed, 2);
  });
});

describe("Node's zlib as deflater", () => {
  it("writes zlib streams that give the block back, several at once", async () => {
    const zlib = openZlib();
    const blocks = [...deflateSample(), Buffer.alloc(deflateBlock), Buffer.from("x")];
    await Promise.all(
      blocks.map(async (block) => {
        const into = Buffer.alloc(deflateBound);
        const size = await zlib.deflate(block, into);
        assert.deepEqual(inflateSync(into.subarray(0, size)), block);
      }),
    );
  });
});
