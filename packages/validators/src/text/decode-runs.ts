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
    if (end >= 60 && /^[A-Za-z0-9+/]{59}\r?$/.test(text.slice(end - 60, end).trimEnd().slice(-59))) return true;
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

const isHex = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);

/** The end of a run of pairs with at most two signs between them (`69 67`, `0x69,0x67`, `69:67`), and its digits. */
const readHex = (text: string, from: number): { readonly end: number; readonly digits: string } => {
  let digits = '';
  let at = from;
  for (;;) {
    if (text.charCodeAt(at) === 0x30 && /[xX]/.test(text.charAt(at + 1))) at += 2;
    if (!isHex(text.charCodeAt(at)) || !isHex(text.charCodeAt(at + 1))) break;
    digits += text.slice(at, at + 2);
    at += 2;
    for (let signs = 0; signs < 2 && /[\s:,;-]/.test(text.charAt(at)); signs++) at += 1;
  }
  return { end: Math.max(at, from + 1), digits };
};

/** Runs of hexadecimal digits that are text, decoded. */
export const decodeHex = (text: string): readonly string[] => {
  const found: string[] = [];
  for (let at = 0; at < text.length; ) {
    if (!isHex(text.charCodeAt(at))) {
      at += 1;
      continue;
    }
    const { end, digits } = readHex(text, at);
    at = end;
    if (digits.length < shortest || !isText(Buffer.from(digits.slice(0, probe), 'hex'))) continue;
    found.push(Buffer.from(digits, 'hex').toString('utf8'));
  }
  return found;
};
