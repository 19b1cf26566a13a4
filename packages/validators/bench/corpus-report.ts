/** Precision and recall of the prompt-injection screen on each part of the corpus, as a table of Markdown. */
import { readFileSync } from 'node:fs';
import { reportOf, type Sample } from './report.js';

const read = (part: string): readonly Sample[] =>
  readFileSync(new URL(`../../test/corpus/${part}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Sample);

for (const part of ['development', 'development-2', 'held-out'])
  console.log(`\n## ${part}\n\n${reportOf(read(part)).table}`);
