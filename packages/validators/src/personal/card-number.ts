/** Digits of the issuer, first and last of a range, with the lengths that its numbers have (ISO/IEC 7812 and the issuers). */
const issuers: readonly (readonly [number, number, readonly number[]])[] = [
  [4, 4, [13, 16, 19]],
  [51, 55, [16]],
  [2221, 2720, [16]],
  [34, 34, [15]],
  [37, 37, [15]],
  [36, 36, [14, 16, 19]],
  [38, 39, [14, 16, 19]],
  [300, 305, [14, 16, 19]],
  [3528, 3589, [16, 19]],
  [6011, 6011, [16, 19]],
  [644, 649, [16, 19]],
  [65, 65, [16, 19]],
  [62, 62, [16, 17, 18, 19]],
  [50, 50, [16, 19]],
  [56, 58, [16, 19]],
  [6304, 6304, [16, 19]],
  [6759, 6763, [16, 19]],
  [2200, 2204, [16, 19]],
];

const isIssued = (digits: string): boolean =>
  issuers.some(([from, to, lengths]) => {
    const head = Number(digits.slice(0, String(from).length));
    return head >= from && head <= to && lengths.includes(digits.length);
  });

/** The check digit of ISO/IEC 7812-1, annex B: the formula of Luhn. */
const passesLuhn = (digits: string): boolean => {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - 0x30;
    const doubled = place % 2 === 1 ? 2 * digit : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
};

/** @param digits without spaces and dashes. */
export const isCardNumber = (digits: string): boolean =>
  digits.length >= 13 && digits.length <= 19 && isIssued(digits) && passesLuhn(digits) && new Set(digits).size > 1;
