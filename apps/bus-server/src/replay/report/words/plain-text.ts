/**
 * Recorded text for people, on a page: nothing in it that would be obeyed, reorder other text or be invisible. Line
 * breaks stay, and so do the joiners that scripts and emoji are made with.
 */
export const plainText = (text: string): string =>
  text
    .replaceAll(/\r\n?|[\p{Zl}\p{Zp}]/gu, '\n')
    .replaceAll('\t', ' ')
    .replaceAll(/(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}]/gu, '\u{FFFD}');

/** The same on one line. */
export const plainLine = (text: string): string => plainText(text).replaceAll(/\s+/g, ' ').trim();
