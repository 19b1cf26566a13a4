import { readFileSync } from 'node:fs';
import { z } from 'zod';

// One step up from the sources and from the build.
const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** The version of this package. */
export const { version } = z.object({ version: z.string() }).parse(manifest);
