/** A duration as expressions see it. */
export class Span {
  /** Whole, negative where it goes back. */
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }
}

/** Ten thousand years: no difference of two timestamps is longer. */
const longest = 10_000 * 366 * 86_400_000;

export const isSpan = (milliseconds: number): boolean =>
  Number.isInteger(milliseconds) && Math.abs(milliseconds) <= longest;

const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const whole = /^-?(?:\d{1,12}(?:\.\d{1,9})?(?:h|ms|m|s))+$/;
const part = /(\d+(?:\.\d+)?)(h|ms|m|s)/g;

/** Milliseconds of a text such as `24h`, `1h30m` or `-1.5s`; `undefined` for anything else, also below a millisecond. */
export const parseSpan = (text: string): number | undefined => {
  if (text.length > 64 || !whole.test(text)) return undefined;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(part)) sum += Number(count) * (units[unit ?? ''] ?? Number.NaN);
  const milliseconds = Math.round(sum);
  if (Math.abs(sum - milliseconds) > 1e-6 || !isSpan(milliseconds)) return undefined;
  return text.startsWith('-') && milliseconds !== 0 ? -milliseconds : milliseconds;
};

/** In seconds, with an `s`. */
export const spanText = (milliseconds: number): string => `${milliseconds / 1000}s`;
