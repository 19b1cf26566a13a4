import type { EngineAnswer } from '../engine/policy-engine.js';
import { noDecision } from '../rego/read-decision.js';
import type { Reply } from './exchange.js';
import { asDocument, type Document, documentOf, type Expected, readDocument } from './read-reply.js';

/** Inputs of one request, and their size in UTF-16 code units. */
const most = { inputs: 100, size: 512 * 1024 };

/** The texts in order, in as few parts as the limits allow. */
export const parts = (texts: readonly string[]): readonly (readonly string[])[] => {
  const made: string[][] = [];
  let last: string[] = [];
  let size = 0;
  for (const text of texts) {
    if (last.length === 0 || last.length >= most.inputs || size + text.length > most.size) {
      last = [];
      size = 0;
      made.push(last);
    }
    last.push(text);
    size += text.length;
  }
  return made;
};

/** By their places in the list, which are their ids. */
export const batchBody = (texts: readonly string[]): string =>
  `{"inputs":{${texts.map((text, index) => `"${index}":${text}`).join(',')}}}`;

/** Each with a decision, some with one, none. */
const statuses = [200, 207, 500];
const understood: ReadonlySet<string> = new Set(['responses', 'batch_decision_id', 'metrics']);

const itemAnswer = (responses: Document, id: string, expected: Expected): EngineAnswer => {
  const item = Object.hasOwn(responses, id) ? asDocument(responses[id]) : undefined;
  if (item === undefined) return noDecision('OPA left this one out of its answer to a batch.');
  const { http_status_code: status = '200', ...document } = item;
  return String(status) === '200'
    ? readDocument(document, expected)
    : noDecision('OPA answered this one of a batch with an error.');
};

/** What a reply to a batch decides, one by one: what is missing or failed denies itself and nothing else. */
export const readBatch = (reply: Reply, count: number, expected: Expected): readonly EngineAnswer[] => {
  const all = (answer: EngineAnswer) => Array.from({ length: count }, () => answer);
  const read = documentOf(reply, statuses);
  if ('failure' in read) return all(read.failure);
  const document = asDocument(read.document) ?? {};
  const responses = asDocument(document['responses']);
  if (responses === undefined || !Object.keys(document).every((name) => understood.has(name)))
    return all(noDecision(`OPA answered a batch with the status ${reply.status} and no responses.`));
  if (Object.keys(responses).length > count) return all(noDecision('OPA answered what it was not asked.'));
  return Array.from({ length: count }, (_, index) => itemAnswer(responses, String(index), expected));
};
