import type { Answer } from '../../support/server-bench.js';
import type { Attempt } from './attempt.js';
import type { Model, Person } from './model.js';

const tokens = /cb[aso]_[A-Za-z0-9_-]{20,}|eyJ[\w-]+\.[\w-]+\.[\w-]+/g;
const marks = /~[a-z0-9-]+~/g;
const uuids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Whether what an id names is nothing of the person's. */
const isForeign = (id: string, person: Person | undefined, { messages, secrets }: Model): boolean => {
  const message = messages.get(id);
  if (message !== undefined) return person === undefined || message.from.tenant !== person.tenant;
  const owner = secrets.find(({ credential }) => credential === id)?.of;
  return owner !== undefined && owner !== person;
};

/** What an answer tells whom it must not tell; the operator may know all but secrets. */
export const leakIn = ({ who, request, expectation }: Attempt, answer: Answer, model: Model): string | undefined => {
  const own = `${request.url} ${JSON.stringify(request.body ?? '')}`;
  const foreign = (found: string): boolean => !own.includes(found);
  if (expectation.mints !== true) {
    const token = answer.text.match(tokens)?.[0];
    if (token !== undefined) return `a token stands in the answer: ${answer.text.slice(0, 300)}`;
  }
  if (who.kind === 'operator') return undefined;
  const person = expectation.provenBy ?? (who.kind === 'agent' ? who.person : undefined);
  const mayKnow = (mark: string): boolean => person !== undefined && model.marks.get(mark)?.(person) === true;
  const mark = answer.text.match(marks)?.find((found) => foreign(found) && !mayKnow(found));
  if (mark !== undefined) return `${mark} is nothing to whoever asks: ${answer.text.slice(0, 300)}`;
  const id = answer.text.match(uuids)?.find((found) => foreign(found) && isForeign(found, person, model));
  return id === undefined ? undefined : `the id ${id} is another's: ${answer.text.slice(0, 300)}`;
};
