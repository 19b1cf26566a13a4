/** A place in a text: both from 1, the column in characters (UTF-16 code units). */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The place of a UTF-16 offset. Lines end at `\n`. */
export const positionAt = (text: string, offset: number): Position => {
  const before = text.slice(0, Math.max(offset, 0));
  const lineStart = before.lastIndexOf('\n') + 1;
  let line = 1;
  for (let at = before.indexOf('\n'); at !== -1; at = before.indexOf('\n', at + 1)) line += 1;
  return { line, column: before.length - lineStart + 1 };
};

/** The UTF-16 offset of an offset in UTF-8 bytes, which is what Cedar reports. */
export const offsetOfByte = (text: string, byteOffset: number): number =>
  Buffer.from(text, 'utf8').subarray(0, Math.max(byteOffset, 0)).toString('utf8').length;
