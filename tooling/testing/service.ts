/** Something outside the repository that some tests want and that not every machine has. */
export interface Service {
  readonly name: string;
  /** How to come by it, as the rest of a sentence that begins with the name. */
  readonly hint: string;
  /** The path of its program or data, or nothing where this machine does not have it. */
  locate(environment: Readonly<Record<string, string | undefined>>): string | undefined;
}
