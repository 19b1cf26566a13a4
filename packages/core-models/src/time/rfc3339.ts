let lastMilliseconds = Number.NaN;
let lastText = '';

/** RFC 3339, UTC, milliseconds. What happens in one millisecond shares one text: making it costs more than a look. */
export const rfc3339 = (milliseconds: number): string => {
  if (milliseconds !== lastMilliseconds) {
    lastText = new Date(milliseconds).toISOString();
    lastMilliseconds = milliseconds;
  }
  return lastText;
};
