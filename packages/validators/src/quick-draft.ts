import { identifierPattern, messageTypes, type ParsedMessageDraft, priorities } from '@charterbus/core-models';

const types: ReadonlySet<unknown> = new Set(messageTypes);
const ranks: ReadonlySet<unknown> = new Set(priorities);

/** As many as this knows. */
const mostFields = 9;

const isText = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'string' && value.length >= least && value.length <= most && value.isWellFormed();

const isIdentifier = (value: unknown): boolean => typeof value === 'string' && identifierPattern.test(value);

const isAgentAddress = (to: unknown): boolean => {
  if (typeof to !== 'object' || to === null) return false;
  for (const key in to) {
    if (key !== 'agent' && key !== 'tenant') return false;
    if (!isIdentifier((to as Readonly<Record<string, unknown>>)[key])) return false;
  }
  return Object.hasOwn(to, 'agent') && Object.getOwnPropertySymbols(to).length === 0;
};

const isPlainField = (key: string, value: unknown): boolean => {
  switch (key) {
    case 'content':
      return true;
    case 'to':
      return isAgentAddress(value);
    case 'type':
      return types.has(value);
    case 'priority':
      return ranks.has(value);
    case 'constitutionalHash':
      return isText(value, 0, 64);
    case 'conversationId':
    case 'inReplyTo':
    case 'dedupeKey':
    case 'orderingKey':
      return isText(value, 1, 256);
    default:
      return false;
  }
};

/**
 * Whether a draft is of the plain kind that most are: to one agent, with nothing stated that needs a closer look. It says
 * yes only where the schema would, and of what it does not know it says no: then the schema is asked, which costs some
 * twenty times as much. A test holds the two together.
 *
 * @param draft a copy of what the sender handed in, whose properties are data.
 */
export const isQuickDraft = (draft: Readonly<Record<string, unknown>>): draft is ParsedMessageDraft => {
  let fields = 0;
  // Makes no list. What it would find beyond the draft's own fields, it does not know.
  for (const key in draft) {
    fields += 1;
    if (fields > mostFields || !isPlainField(key, draft[key])) return false;
  }
  const isWhole = Object.hasOwn(draft, 'to') && Object.hasOwn(draft, 'type') && Object.hasOwn(draft, 'content');
  return isWhole && Object.getOwnPropertySymbols(draft).length === 0;
};
