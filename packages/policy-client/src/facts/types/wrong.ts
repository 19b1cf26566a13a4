/** That a value is not of its type, and where in it. */
export class Wrong {
  readonly expected: string;
  /** Such as `passengers[2].name`; empty for the value itself. */
  readonly path: string;

  constructor(expected: string, path = '') {
    this.expected = expected;
    this.path = path;
  }

  /** The same, seen from what holds the value. @param step such as `name` or `[2]`. */
  within(step: string): Wrong {
    const joint = this.path === '' || this.path.startsWith('[') ? '' : '.';
    return new Wrong(this.expected, `${step}${joint}${this.path}`);
  }

  /** A sentence about a value of this name. */
  about(name: string): string {
    const inside = this.path === '' ? '' : `${this.path.startsWith('[') ? '' : '.'}${this.path}`;
    return `${name}${inside} must be ${this.expected}.`;
  }
}

/** A key as a step; long ones are cut. */
export const keyStep = (key: string): string => `[${JSON.stringify(key.length > 64 ? `${key.slice(0, 64)}…` : key)}]`;
