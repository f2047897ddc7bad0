import { promisify } from "node:util";
import { deflate, type ZlibOptions } from "node:zlib";
import { deflateBound, type Deflater } from "./deflater";
import { isIncompressible } from "./sample";

const level = 5;
const toZlib = promisify<Buffer, ZlibOptions, Buffer>(deflate);

/** One chunk of output holds a whole block. The larger hash table makes it a seventh faster. */
const options = { level, memLevel: 9, chunkSize: deflateBound } as const;
const storing = { ...options, level: 0 } as const;

/** Deflates in libuv's thread pool, as many blocks at the same time as it has threads. */
export const zlibDeflater: Deflater = {
  name: `zlib ${process.versions.zlib} level ${level}`,
  async deflate(block, into) {
    return (await toZlib(block, isIncompressible(block) ? storing : options)).copy(into);
  },
  close: () => undefined,
};
