import { ellipsed } from '../../replay/run/excerpt.js';
import type { ChangedExample } from '../../what-if/changed-verdicts.js';

const mostCharacters = 160;

const placeOf = ({ line, task_id, message }: ChangedExample): string =>
  line === undefined ? String(message) : `line ${line} (${task_id ?? line}), message ${message}`;

/** One message in one line: where it is, who spoke to whom, and how it begins. */
export const exampleLine = (example: ChangedExample): string => {
  const { from, to, type, content } = example;
  return `${placeOf(example)}: ${from} → ${to}, ${type}: ${ellipsed(JSON.stringify(content), mostCharacters)}`;
};
