import { readFileSync } from 'node:fs';
import type { ConstitutionFile } from '@charterbus/core-models';

/** A page of the documents, by its path under `docs`. */
export const pageOf = (path: string): string =>
  readFileSync(new URL(`../../../../docs/${path}`, import.meta.url), 'utf8');

export interface Block {
  /** What stands after the colon of its comment, such as a path. */
  readonly name: string;
  readonly text: string;
}

/** The blocks under a comment `<!-- kind: name -->`, or under `<!-- kind -->`. */
export const blocksOf = (page: string, kind: string): readonly Block[] =>
  [...page.matchAll(new RegExp(`<!-- ${kind}(?:: ([^>]+?))? -->\\n+\`\`\`\\w+\\n(.*?)\`\`\``, 'gs'))].map(
    ([, name = '', text = '']) => ({ name, text }),
  );

/** Blocks of the shell that no comment sets apart. */
export const scriptsOf = (page: string): readonly string[] =>
  [...page.matchAll(/(?<!-->\n\n)^```sh\n(.*?)```/gms)].map(([, text = '']) => text);

export const filesOf = (page: string, kind = 'file', change = (text: string) => text): readonly ConstitutionFile[] =>
  blocksOf(page, kind).map(({ name, text }) => ({ path: name, bytes: Buffer.from(change(text)) }));
