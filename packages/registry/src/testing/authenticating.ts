import assert from 'node:assert/strict';
import { CharterbusError } from '@charterbus/core-models';
import { aliceDraft, codeOfCall, type Suite, whoseToken } from './suite.js';

export const authenticating = (it: Suite): void => {
  it('knows an agent by its token alone', async (registry) => {
    const a = await registry.register(aliceDraft);
    const b = await registry.register({ ...aliceDraft, id: 'bob' });
    assert.match(a.token, /^cba_[A-Za-z0-9_-]{43}$/);
    assert.equal(whoseToken(registry, a.token), a.agent);
    assert.equal(whoseToken(registry, b.token), b.agent);
  });
  it('refuses every other token alike, and repeats none', async (registry) => {
    const { token } = await registry.register(aliceDraft);
    const last = token.at(-1) === 'A' ? 'B' : 'A';
    const wrong: readonly unknown[] = [
      '',
      'cba_',
      `${token} `,
      token.slice(0, -1),
      token.toUpperCase(),
      `${token.slice(0, -1)}${last}`,
      undefined,
      null,
      7,
      {},
      [token],
      `cba_${'A'.repeat(43)}`,
      'A'.repeat(1_000_000),
    ];
    const errors = wrong.map((one) => {
      try {
        return whoseToken(registry, one as string).id;
      } catch (error) {
        assert.ok(CharterbusError.isInstance(error));
        return JSON.stringify([error, error.message, error.cause]);
      }
    });
    assert.equal(new Set(errors).size, 1);
    assert.match(errors[0] ?? '', /CREDENTIAL_REFUSED/);
  });
  it('is current while it is open', async (registry) => {
    assert.equal(
      codeOfCall(() => registry.checkCurrent()),
      'done',
    );
  });
  it('keeps the token out of all that it says', async (registry) => {
    const said: unknown[] = [];
    using _watch = registry.watch((change) => said.push(change));
    const { token, agent } = await registry.register(aliceDraft);
    said.push(agent, registry.list({}), Array.from(registry.members('acme')), registry.authenticate(token));
    assert.doesNotMatch(JSON.stringify(said), /cba_/);
  });
};
