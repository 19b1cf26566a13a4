import { describe, expect, test } from 'vitest';
import { nodeProblem } from '../../launch/node-version.js';

describe('the Node that runs this', () => {
  test('the tests run on Node 24 or newer, and on Linux on the pinned one unless another is named', () => {
    const pinned = process.platform === 'linux' && process.env['CHARTERBUS_NODE'] === undefined;
    expect(process.version).toMatch(pinned ? /^v24\.21\.0$/ : /^v(2[4-9]|[3-9]\d)\./);
  });

  test('Node 20.19 is enough on Linux, where the pinned one is brought along', () => {
    expect(nodeProblem({ version: 'v20.19.0', platform: 'linux', arch: 'x64' })).toBeUndefined();
    expect(nodeProblem({ version: 'v20.18.3', platform: 'linux', arch: 'arm64' })).toBe(
      'Charterbus needs Node 20.19 or newer to set itself up, and this is v20.18.3.',
    );
  });

  test('elsewhere Node 24 is asked for in one sentence', () => {
    expect(nodeProblem({ version: 'v22.21.0', platform: 'darwin', arch: 'arm64' })).toBe(
      'Charterbus needs Node 24 or newer on darwin arm64, and this is v22.21.0.',
    );
    expect(nodeProblem({ version: 'v26.0.0', platform: 'darwin', arch: 'arm64' })).toBeUndefined();
  });
});
