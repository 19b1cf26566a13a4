import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryEvent } from './events.js';

/** A line that a kill cut short has no end. */
const wholeLines = (text: string): readonly string[] => text.split('\n').slice(0, -1);

/** All that was recorded in the directory, in the order in which it was seen. @throws SyntaxError of a line that is none. */
export const readHistory = (directory: string): readonly HistoryEvent[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.history'))
    .flatMap((name) => wholeLines(readFileSync(join(directory, name), 'utf8')))
    .map((line) => JSON.parse(line) as HistoryEvent)
    .toSorted((left, right) => left.at - right.at);
