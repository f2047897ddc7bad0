import type { Bitmap } from "../../base/png";

const cellWidth = 8;
const cellHeight = 16;

/** The cells of 8 x 16 pixels that differ between two pictures, by number, and how many there are in all. */
export function changedCells(
  before: Bitmap,
  after: Bitmap,
): { readonly changed: readonly number[]; readonly all: number } {
  const columns = Math.ceil(after.width / cellWidth);
  const rows = Math.ceil(after.height / cellHeight);
  const all = columns * rows;
  if (before.width !== after.width || before.height !== after.height) {
    return { changed: Array.from({ length: all }, (_, cell) => cell), all };
  }
  const changed = new Set<number>();
  const rowBytes = after.width * 3;
  for (let y = 0; y < after.height; y += 1) {
    const start = y * rowBytes;
    const row = after.pixels.subarray(start, start + rowBytes);
    if (row.equals(before.pixels.subarray(start, start + rowBytes))) continue;
    const firstCell = Math.floor(y / cellHeight) * columns;
    for (let column = 0; column < columns; column += 1) {
      const [from, to] = [column * cellWidth * 3, (column + 1) * cellWidth * 3];
      const isSame = row
        .subarray(from, to)
        .equals(before.pixels.subarray(start + from, start + Math.min(to, rowBytes)));
      if (!isSame) changed.add(firstCell + column);
    }
  }
  return { changed: [...changed], all };
}
