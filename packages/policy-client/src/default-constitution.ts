import { fileURLToPath } from 'node:url';

/**
 * The directory of the constitution that ships with this package. The same two steps up from the sources and from the
 * build, since both lie one directory below the package.
 */
export const defaultConstitutionDirectory: string = fileURLToPath(new URL('../constitutions/default', import.meta.url));

/** The directory of a small constitution with comments, to begin one's own with. */
export const starterConstitutionDirectory: string = fileURLToPath(new URL('../constitutions/starter', import.meta.url));
