import { describe, expect, it } from 'vitest';
import { compile, manifestOf } from './support/compile.js';

const firstOf = (facts: string) => compile(manifestOf(facts)).problems[0];

describe('the place of a problem', () => {
  it('is where an alias points to', () => {
    const facts = '  send: { a: &shared sender.idd }\n  receive: { b: *shared }\n';
    expect(firstOf(facts)).toMatchObject({ line: 7, column: 29 });
    const { problems } = compile(manifestOf(facts));
    expect(problems.map(({ line, column }) => [line, column])).toEqual([
      [7, 29],
      [7, 29],
    ]);
  });

  it('is the start of what is folded', () => {
    expect(firstOf('  send:\n    a: sender.id +\n      sender.idd\n')).toMatchObject({ line: 8, column: 8 });
    expect(firstOf('  send:\n    a: "sender.id +\n      sender.idd"\n')).toMatchObject({ line: 8, column: 8 });
  });

  it('is found where facts are written with all their parts', () => {
    expect(firstOf('  send:\n    a: { redact: true, value: sender.idd }\n')).toMatchObject({ line: 8, column: 38 });
  });

  it('counts characters as editors do', () => {
    expect(firstOf(`  send: { a: '"😀é" + sender.idd' }\n`)).toMatchObject({ line: 7, column: 30 });
  });

  it('is found in JSON as well', () => {
    const manifest = {
      format: 'charterbus.constitution/1',
      name: 'own',
      revision: 1,
      engine: 'cedar',
      tests: 'optional',
      facts: { send: { a: 'sender.idd' } },
    };
    const text = JSON.stringify(manifest);
    expect(compile(text).problems[0]).toMatchObject({ line: 1, column: text.indexOf('idd') + 1 });
  });

  it('is told up to a number of problems', () => {
    const facts = Array.from({ length: 300 }, (_, at) => `    f${at}: nothing${at}\n`).join('');
    expect(compile(manifestOf(`  send:\n${facts}`)).problems).toHaveLength(200);
  });
});
