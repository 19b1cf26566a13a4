/** RFC 3339 with milliseconds. Whole seconds are written once, since that costs more than all else of a remembered judgement. */
export class Stamps {
  #second = Number.NaN;
  #begin = '';

  of(moment: number): string {
    const milliseconds = Math.trunc(moment);
    const second = Math.floor(milliseconds / 1000);
    if (second !== this.#second) {
      this.#begin = new Date(second * 1000).toISOString().slice(0, -4);
      this.#second = second;
    }
    const rest = milliseconds - second * 1000;
    return `${this.#begin}${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
  }
}
