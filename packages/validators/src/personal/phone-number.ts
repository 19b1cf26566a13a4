/** The signs between the digits of a number, counted, and what stands before the first digit. */
export interface PhoneForm {
  /** As written, from the first sign to the last digit. */
  readonly written: string;
  readonly digits: string;
}

/** Country codes of ITU-T E.164 begin with these digits. */
const isCountry = (digits: string): boolean => /^[1-9]/.test(digits) && !digits.startsWith('0');

/** `+49 30 901820`, `0049 30 …`: with the country's code, 8 to 15 digits. */
const isInternational = ({ written, digits }: PhoneForm): boolean =>
  written.startsWith('+') && digits.length >= 8 && digits.length <= 15 && isCountry(digits);

/** `(212) 555-0123`, `212-555-0123`, `212.555.0123`: the North American plan, whose areas and offices begin with 2 to 9. */
const american = /^(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}$/;

/** `030 901820`, `0171/1234567`, `01 23 45 67 89`, `020 7946 0958`: a zero, the area, and a space or sign after it. */
const national = /^\(?0[1-9][0-9]{0,4}\)?(?:[ /-][0-9]{2,8}){1,5}$/;

/** Whether digits with these signs between them are a telephone number: E.164, or one of the national forms of America and Europe. */
export const isPhoneNumber = (form: PhoneForm): boolean => {
  if (isInternational(form)) return true;
  if (form.digits.startsWith('00') && form.digits.length >= 10 && form.digits.length <= 17) {
    return /^00[1-9][0-9]{0,2}[ /-]/.test(form.written);
  }
  if (american.test(form.written)) return true;
  return form.digits.length >= 9 && form.digits.length <= 12 && national.test(form.written);
};
