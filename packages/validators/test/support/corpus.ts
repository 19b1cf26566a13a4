import { readFileSync } from 'node:fs';
import type { Sample } from '../../bench/report.js';

export const corpus = (part: 'development' | 'development-2' | 'held-out'): readonly Sample[] =>
  readFileSync(new URL(`../corpus/${part}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Sample);
