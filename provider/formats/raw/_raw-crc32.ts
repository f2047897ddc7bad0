/** The polynomial of CRC-32 (RFC 1952), its highest power in the lowest bit. */
const polynomial = 0xedb88320;
const one = 0x80000000;
const x8 = 0x00800000;

/** The product of two polynomials over GF(2), modulo that of CRC-32. */
function multiply(left: number, right: number): number {
  let product = 0;
  let factor = right;
  for (let bit = one; bit !== 0; bit >>>= 1) {
    if ((left & bit) !== 0) product ^= factor;
    factor = (factor & 1) === 0 ? factor >>> 1 : (factor >>> 1) ^ polynomial;
  }
  return product >>> 0;
}

/** What a CRC-32 is multiplied by when so many bytes follow: x to the power of eight times as much. */
export function crc32Shift(length: number): number {
  let power = one;
  let square = x8;
  for (let left = length; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(power, square);
    square = multiply(square, square);
  }
  return power;
}

/** The CRC-32 of two parts together, from that of each and the shift by the length of the second. */
export function crc32Join(first: number, second: number, shift: number): number {
  return (multiply(first, shift) ^ second) >>> 0;
}
