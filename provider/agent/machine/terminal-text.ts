/** Moves of the cursor to another row: what follows is another line of the screen. */
// eslint-disable-next-line no-control-regex -- escape codes are control characters
const rowChange = /\u001b\[[0-9;]*[ABEFHdf]/;

/** Whether a line of output draws several rows of the screen. */
export function hasRows(line: string): boolean {
  return rowChange.test(line);
}

/** The lines of a guest's output, without escape codes and padding. A redrawn line is there once, in its last form. */
export function plainLines(text: string): string[] {
  return text.split(/\r?\n|\r/).flatMap((line) => {
    const rows = rowsIn(line);
    return rows.length === 0 ? [""] : rows;
  });
}

/**
 * The rows that a line of output draws. A boot menu moves the cursor instead of ending lines, pads each row with blanks,
 * and draws its countdown again every second.
 */
export function rowsIn(line: string): string[] {
  const parts = line.split(rowChange);
  if (parts.length === 1) return [withoutPadding(plainText(line))].filter((it) => it !== "");
  const rows: string[] = [];
  for (const part of parts) {
    const row = withoutFrame(plainText(part));
    if (row === "") continue;
    const last = rows.at(-1);
    if (last !== undefined && withoutNumbers(last) === withoutNumbers(row)) rows.pop();
    rows.push(row);
  }
  return rows;
}

/** Text that is filled with blanks to the end of the row is centred or indented by blanks as well. */
function withoutPadding(row: string): string {
  return /\S {2,}$/.test(row) ? row.trim() : row.trimEnd();
}

/** What a box and the blanks in it are made of; text may begin or end with some of it, such as `-` or `+`. */
const frame = "\\s|\u2500-\u257f\ufffd";
const text = new RegExp(`[^${frame}+-]`);
const frameOnly = new RegExp(`[${frame}]`);

/**
 * Without the box that a menu draws around a row; empty if there is nothing else. UEFI firmware draws it with bytes that
 * are not UTF-8. Rows have any length, so that no pattern may try the same blanks more than once.
 */
export function withoutFrame(row: string): string {
  const start = row.search(text);
  if (start === -1) return "";
  let end = row.length;
  while (!text.test(row.charAt(end - 1))) end -= 1;
  const before = row.slice(0, start).split(frameOnly).at(-1) ?? "";
  const [after = ""] = row.slice(end).split(frameOnly);
  return before + row.slice(start, end) + after;
}

function withoutNumbers(row: string): string {
  return row.replace(/\d+/g, "#");
}

/** Removes escape codes (GRUB's screen), strings for the terminal (systemd) and other control characters. */
export function plainText(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- this function removes control characters
      .replace(/\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)/g, "")
      // eslint-disable-next-line no-control-regex -- as above
      .replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|[()][A-Z0-9]|[=>78cDEHM])/g, "")
      // eslint-disable-next-line no-control-regex -- as above
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "")
  );
}
