/** A point in time as expressions see it. */
export class Instant {
  /** Since the epoch, whole. */
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }
}

const earliest = Date.parse('0000-01-01T00:00:00.000Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

/** Whether RFC 3339, whose years have four digits, can write it. */
export const isInstant = (milliseconds: number): boolean =>
  Number.isInteger(milliseconds) && milliseconds >= earliest && milliseconds <= latest;

const pattern =
  /^(\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * Milliseconds since the epoch of an RFC 3339 text; `undefined` for anything else, above all for a text without a zone,
 * which `Date` would take for the local time of whatever machine it runs on. Beyond milliseconds it is cut off.
 */
export const parseInstant = (text: string): number | undefined => {
  if (text.length > 40) return undefined;
  const [, year, month, day] = pattern.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const milliseconds = Date.parse(text);
  // A 30th of February would become the 1st of March.
  const date = new Date(`${year}-${month}-01T00:00:00Z`);
  date.setUTCDate(Number(day));
  const isDay = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  return isDay && isInstant(milliseconds) ? milliseconds : undefined;
};

/** RFC 3339, UTC, milliseconds. */
export const instantText = (milliseconds: number): string => new Date(milliseconds).toISOString();
