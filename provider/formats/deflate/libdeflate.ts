import { lazy } from "../../base/memo";
import { describeThrown } from "../../base/errors";
import { deflateBound, type Deflater } from "./deflater";
import { isIncompressible } from "./sample";

const level = 5;
const soname = "libdeflate.so.0";

/** The functions of libdeflate.h that are used, as koffi exposes them. */
interface Library {
  readonly allocate: (level: number) => unknown;
  readonly free: (compressor: unknown) => void;
  readonly compress: (compressor: unknown, block: Buffer, into: Buffer) => Promise<number>;
  readonly compressNow: (compressor: unknown, block: Buffer, into: Buffer) => number;
}

const loadOnce = lazy(() => load().catch(() => undefined));

/** Undefined if the library or `koffi` is missing or does not load. */
export async function openLibdeflate(): Promise<Deflater | undefined> {
  const library = await loadOnce();
  return library === undefined ? undefined : deflaterOf(library);
}

function deflaterOf({ allocate, free, compress, compressNow }: Library): Deflater {
  // A compressor serves one call at a time.
  const idle: unknown[] = [];
  const storing = allocate(0);
  return {
    name: `libdeflate level ${level}`,
    async deflate(block, into) {
      // Storing takes a few microseconds, less than a switch to another thread.
      if (isIncompressible(block)) return fitting(compressNow(storing, block, into));
      const compressor = idle.pop() ?? allocate(level);
      try {
        return fitting(await compress(compressor, block, into));
      } finally {
        idle.push(compressor);
      }
    },
    close() {
      for (const compressor of [storing, ...idle.splice(0)]) free(compressor);
    },
  };
}

function fitting(size: number): number {
  if (size === 0) throw new Error(`${soname} does not fit a deflated block into its buffer`);
  return size;
}

async function load(): Promise<Library> {
  const koffi = await import("koffi");
  const library = koffi.load(soname);
  const allocate = library.func("void *libdeflate_alloc_compressor(int level)");
  const free = library.func("void libdeflate_free_compressor(void *compressor)");
  const compress = library.func(
    "size_t libdeflate_zlib_compress(void *compressor, const void *in, size_t length, void *out, size_t capacity)",
  );
  const allocated = (level: number): unknown => {
    const compressor: unknown = allocate(level);
    if (compressor === null) throw new Error(`${soname} cannot allocate memory`);
    return compressor;
  };
  const capacityOf = (into: Buffer) => Math.min(into.length, deflateBound);
  return {
    allocate: allocated,
    free: (compressor) => void free(compressor),
    compressNow: (compressor, block, into) =>
      Number(compress(compressor, block, block.length, into, capacityOf(into))),
    compress: (compressor, block, into) =>
      new Promise((resolve, reject) => {
        const onResult = (error: unknown, size: unknown): void => {
          if (error === null || error === undefined) resolve(Number(size));
          else reject(new Error(`${soname}: ${describeThrown(error)}`));
        };
        compress.async(compressor, block, block.length, into, capacityOf(into), onResult);
      }),
  };
}
