import { describe, expect, it } from 'vitest';
import { isLoopback } from '../../src/serve/loopback.js';

describe('a host', () => {
  it.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('%s is reached from this machine alone', (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  it.each(['0.0.0.0', '::', '192.0.2.1', 'example.org', '128.0.0.1'])('%s may be reached from others', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
