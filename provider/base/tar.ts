/** One entry of a tar archive. */
export interface TarEntry {
  /** At most 100 bytes in UTF-8. */
  readonly name: string;
  /** Size of the content in bytes. */
  readonly size: number;
  /** Permission bits, such as 0o644. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** `0` is a file (the default), `5` a folder, `S` a sparse file of old GNU tar. */
  readonly type?: "0" | "5" | "S" | undefined;
  /** The magic: `ustar` (POSIX.1-1988) by default. */
  readonly dialect?: "ustar" | "oldgnu" | undefined;
}

export const tarBlock = 512;

/** Two blocks of zeros end an archive. */
export const tarEnd: Buffer = Buffer.alloc(2 * tarBlock);

/** The zeros that pad content of this size to a whole block. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((tarBlock - (size % tarBlock)) % tarBlock);
}

const magics = { ustar: "ustar\x0000", oldgnu: "ustar  \0" } as const;

/**
 * The 512 bytes in front of an entry's content. Time 0 and no owner names, so that the same entry
 * always has the same bytes. Sizes of 8 GiB and more do not fit into eleven octal digits and are
 * binary (base-256), as GNU tar, libarchive and Go write and read them in both dialects.
 */
export function tarHeader(entry: TarEntry): Buffer {
  const dialect = entry.dialect ?? "ustar";
  const header = Buffer.alloc(tarBlock);
  const name = Buffer.from(entry.name, "utf8");
  if (name.length === 0 || name.length > 100 || name.includes(0)) {
    throw new RangeError(`a tar entry cannot be named "${entry.name}"`);
  }
  name.copy(header, 0);
  tarNumber(entry.mode, 8).copy(header, 100);
  tarNumber(entry.uid, 8).copy(header, 108);
  tarNumber(entry.gid, 8).copy(header, 116);
  tarNumber(entry.size, 12).copy(header, 124);
  tarNumber(0, 12).copy(header, 136);
  header.write(entry.type ?? "0", 156, "latin1");
  header.write(magics[dialect], 257, "latin1");
  if (dialect === "ustar") {
    // Device numbers: POSIX requires them in every entry, GNU tar leaves them empty.
    tarNumber(0, 8).copy(header, 329);
    tarNumber(0, 8).copy(header, 337);
  }
  return withTarChecksum(header);
}

/** Writes the checksum: the sum of all bytes, with the checksum's own field counted as spaces. */
export function withTarChecksum(header: Buffer): Buffer {
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

/**
 * A numeric field: octal digits and a NUL if they fit, otherwise big-endian binary after a marker
 * bit.
 */
export function tarNumber(value: number, width: 8 | 12): Buffer {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${value} is no number for a tar header`);
  }
  const digits = value.toString(8);
  const field = Buffer.alloc(width);
  if (digits.length < width) {
    field.write(digits.padStart(width - 1, "0"), "latin1");
    return field;
  }
  if (BigInt(value) >= 1n << BigInt(8 * (width - 1))) {
    throw new RangeError(`${value} does not fit a field of ${width} bytes`);
  }
  field.writeBigUInt64BE(BigInt(value), width - 8);
  field[0] = 0x80;
  return field;
}
