/** Enough of a run to tell whether it is text at all. */
const probe = 48;
const shortest = 16;

/** Whether bytes are a text that people or models would read. */
const isText = (bytes: Buffer): boolean => {
  if (bytes.length < 6) return false;
  const text = bytes.toString('utf8');
  let good = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0xfffd || (code < 32 && code !== 9 && code !== 10 && code !== 13)) continue;
    good += 1;
  }
  // The probe may end inside a character.
  return good >= text.length - 2;
};

const runs = /[A-Za-z0-9+/_-]{16,}/g;

const decodeOne = (run: string): string | undefined => {
  for (let offset = 0; offset < 4; offset++) {
    if (run.length - offset < shortest || !isText(Buffer.from(run.slice(offset, offset + probe), 'base64'))) continue;
    return Buffer.from(run.slice(offset), 'base64').toString('utf8');
  }
  return undefined;
};

/** Whether a line is as long as those of MIME and PEM, and of base64 to its end. */
const isWrapped = (text: string): boolean => {
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) {
    if (
      end >= 60 &&
      /^[A-Za-z0-9+/]{59}\r?$/.test(
        text
          .slice(end - 60, end)
          .trimEnd()
          .slice(-59),
      )
    )
      return true;
  }
  return false;
};

/** Runs of base64 and base64url that are text, decoded; lines of one block are put together first. */
export const decodeBase64 = (text: string): readonly string[] => {
  const together = isWrapped(text) ? text.replaceAll(/\r?\n/g, '') : text;
  const found: string[] = [];
  for (const [run] of together.matchAll(runs)) {
    const decoded = decodeOne(run);
    if (decoded !== undefined) found.push(decoded);
  }
  return found;
};

/** The value of a digit by its code, 255 for what is none. */
const values = new Uint8Array(0x80).fill(255);
for (const [value, digit] of Array.from('0123456789abcdef').entries()) {
  values[digit.charCodeAt(0)] = value;
  values[digit.toUpperCase().charCodeAt(0)] = value;
}
const valueAt = (text: string, at: number): number => values[text.charCodeAt(at)] ?? 255;

const signs = new Uint8Array(0x80);
for (const sign of ' \n\t:,;-') signs[sign.charCodeAt(0)] = 1;

interface HexRun {
  readonly end: number;
  readonly bytes: number;
}

/** Reads pairs with at most two signs between them (`69 67`, `0x69,0x67`, `69:67`) into what is given. */
const readHex = (text: string, from: number, into: Uint8Array): HexRun => {
  let [at, bytes] = [from, 0];
  for (;;) {
    if (text.charCodeAt(at) === 0x30 && (text.charCodeAt(at + 1) | 0x20) === 0x78) at += 2;
    const [high, low] = [valueAt(text, at), valueAt(text, at + 1)];
    if (high === 255 || low === 255) return { end: Math.max(at, from + 1), bytes };
    into[bytes] = 16 * high + low;
    bytes += 1;
    at += 2;
    for (let sign = 0; sign < 2 && signs[text.charCodeAt(at)] === 1; sign++) at += 1;
  }
};

/** Runs of hexadecimal digits that are text, decoded. */
export const decodeHex = (text: string): readonly string[] => {
  const found: string[] = [];
  const into = Buffer.alloc(text.length / 2 + 1);
  for (let at = 0; at < text.length; ) {
    if (valueAt(text, at) === 255) {
      at += 1;
      continue;
    }
    const { end, bytes } = readHex(text, at, into);
    at = end;
    if (2 * bytes >= shortest && isText(into.subarray(0, Math.min(bytes, probe / 2)))) {
      found.push(into.toString('utf8', 0, bytes));
    }
  }
  return found;
};
