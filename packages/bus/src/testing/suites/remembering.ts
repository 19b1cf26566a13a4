import assert from 'node:assert/strict';
import type { ConversationFact } from '../../broker/journal.js';
import { verdictFor } from '../sample-admission.js';
import type { Suite } from './suite.js';

const fact = (about: string, values: string, until: number): ConversationFact => ({
  conversation: 'acme/one',
  about,
  values,
  overflowed: false,
  until,
});

const hour = 3_600_000;

export const remembering = ({ it }: Suite): void => {
  it('keeps what becomes known with the message, and the latest of it', async (bench) => {
    const until = bench.clock.now() + hour;
    await bench.append({ facts: [fact('a', '[1]', until), fact('b', '[2]', until)] });
    await bench.append({ facts: [{ ...fact('a', '[3]', until), overflowed: true }] });
    const known = await bench.broker.reader.conversationFacts('acme/one');
    assert.deepEqual(
      known.toSorted((left, right) => (left.about < right.about ? -1 : 1)),
      [{ ...fact('a', '[3]', until), overflowed: true }, fact('b', '[2]', until)],
    );
    assert.deepEqual(await bench.broker.reader.conversationFacts('acme/other'), []);
  });
  it('keeps what becomes known by a release', async (bench) => {
    const until = bench.clock.now() + hour;
    const held = await bench.append({ holdUntil: until });
    const verdict = verdictFor(held.envelope, 'allow');
    const decision = {
      kind: 'release',
      reason: 'ok',
      verdict,
      approvals: [],
      facts: [fact('a', '[1]', until)],
    } as const;
    await bench.broker.decide(`${held.envelope.message.id}.0`, decision);
    assert.deepEqual(await bench.broker.reader.conversationFacts('acme/one'), [fact('a', '[1]', until)]);
  });
  it('forgets it when its time is over', async (bench) => {
    const until = bench.clock.now() + hour;
    await bench.append({ facts: [fact('a', '[1]', until), fact('b', '[2]', until + hour)] });
    await bench.advance(hour);
    assert.deepEqual(await bench.broker.reader.conversationFacts('acme/one'), [fact('b', '[2]', until + hour)]);
    await bench.advance(hour);
    assert.deepEqual(await bench.broker.reader.conversationFacts('acme/one'), []);
  });
};

export const rememberingAcrossRestarts = ({ it }: Suite): void => {
  it('keeps what is known of conversations', async (bench) => {
    const known = fact('a', '[1]', bench.clock.now() + hour);
    await bench.append({ facts: [known] });
    await bench.reopen();
    assert.deepEqual(await bench.broker.reader.conversationFacts('acme/one'), [known]);
  });
};
