/** The content of every message of the bench: about 256 bytes of JSON, each different. */
export interface Payload {
  readonly n: number;
  readonly text: string;
}

const text = 'x'.repeat(230);

export const payload = (n: number): Payload => ({ n, text });

/** @throws TypeError for what is none. */
export const numberOf = (content: unknown): number => {
  if (typeof content === 'object' && content !== null && 'n' in content && typeof content.n === 'number') {
    return content.n;
  }
  throw new TypeError('This is no content of the bench.');
};
