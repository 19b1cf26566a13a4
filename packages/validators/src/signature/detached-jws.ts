/** What a message's signature says of itself, under its own protection. */
export interface DetachedJws {
  /** As it was signed. */
  readonly protectedHeader: string;
  /** 64 bytes. */
  readonly signature: Uint8Array;
  readonly nonce: string;
  /** When it was made, in seconds since the epoch, to the millisecond at the finest. */
  readonly iat: number;
  readonly kid?: string;
}

/** Enough for each parameter at its longest. */
const longestHeader = 512;
const signatureCharacters = 86;
const signatureBytes = 64;

const known: ReadonlySet<string> = new Set(['alg', 'nonce', 'iat', 'kid']);

/** Bytes have one text only: what decodes leniently is no base64url. */
const decode = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
};

const isNonce = (value: unknown): value is string => typeof value === 'string' && /^[A-Za-z0-9_-]{16,64}$/.test(value);
const isKid = (value: unknown): value is string => typeof value === 'string' && /^[\x21-\x7e]{1,128}$/.test(value);
/** Seconds to the millisecond (a NumericDate of RFC 7519). */
const isIat = (value: unknown): value is number =>
  typeof value === 'number' &&
  value >= 0 &&
  Number.isSafeInteger(Math.round(value * 1000)) &&
  /^\d+(\.\d{1,3})?$/.test(String(value));

/** RFC 7515, section 4: a name twice is refused, which `JSON.parse` does not tell. No name or value here needs an escape. */
const parseOnce = (text: string): Readonly<Record<string, unknown>> | undefined => {
  if (text.includes('\\')) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    const names = text.match(/"[^"]*"\s*:/g) ?? [];
    return names.length === Object.keys(parsed).length ? (parsed as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
};

const readHeader = (encoded: string): Pick<DetachedJws, 'nonce' | 'iat' | 'kid'> | undefined => {
  const bytes = encoded.length <= longestHeader ? decode(encoded) : undefined;
  const header = bytes && parseOnce(bytes.toString('utf8'));
  if (header === undefined || !Object.keys(header).every((name) => known.has(name))) return undefined;
  const { alg, nonce, iat, kid } = header;
  if (alg !== 'EdDSA' || !isNonce(nonce) || !isIat(iat)) return undefined;
  if (kid === undefined) return { nonce, iat };
  return isKid(kid) ? { nonce, iat, kid } : undefined;
};

/**
 * Reads a JWS in compact form without its payload (RFC 7515, appendix F), as `signMessage` makes it: `EdDSA`, a nonce, the second
 * it was made in, perhaps the name of the key, and nothing else: no `crit`, no `b64`, no key or address of one.
 *
 * @returns nothing where it is not of this form.
 */
export const readDetachedJws = (text: string): DetachedJws | undefined => {
  const [protectedHeader, payload, encoded, ...more] = text.length <= 2048 ? text.split('.', 4) : [];
  if (protectedHeader === undefined || payload !== '' || more.length > 0) return undefined;
  if (encoded?.length !== signatureCharacters) return undefined;
  const signature = decode(encoded);
  const header = readHeader(protectedHeader);
  if (signature?.length !== signatureBytes || header === undefined) return undefined;
  return { protectedHeader, signature, ...header };
};
