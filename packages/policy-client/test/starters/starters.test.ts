import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { opa, requireService } from '@charterbus/tooling/testing';
import { describe, expect, it } from 'vitest';
import {
  loadConstitution,
  readConstitutionDirectory,
  type Starter,
  type StarterLanguage,
  starterDirectory,
  starterLanguages,
  starters,
  testConstitution,
} from '../../src/index.js';
import { stampOf } from '../../src/opa-wasm/stamp.js';
import { webAssembly } from '../../src/opa-wasm/web-assembly.js';
import { regoDigest } from '../../src/rego/rule-records.js';
import { compileRego } from '../support/rego.js';

const names = Object.keys(starters) as readonly Starter[];
const all = names.flatMap((name) => starterLanguages.map((language) => [name, language] as const));

const filesOf = (name: Starter, language: StarterLanguage) =>
  readConstitutionDirectory(starterDirectory(name, language));
const textsOf = async (name: Starter, language: StarterLanguage) =>
  Object.fromEntries((await filesOf(name, language)).map(({ path, bytes }) => [path, Buffer.from(bytes).toString()]));

describe.each(all)('the starter %s in %s', (name, language) => {
  it('is in force as it is', async () => {
    await using constitution = await loadConstitution(await filesOf(name, language));
    expect(constitution.manifest).toMatchObject({ name, tests: 'required' });
  });

  it('has tests of which each policy decides some', async () => {
    const { outcomes, coverage } = await testConstitution(await filesOf(name, language));
    expect(outcomes.filter(({ passed }) => !passed)).toEqual([]);
    const own = coverage.filter(({ policy }) => !/powers\.|charterbus\/decision$/.test(policy));
    expect(own.filter(({ tests }) => tests === 0)).toEqual([]);
    expect(own.length).toBeGreaterThanOrEqual(4);
  });

  it('says what it is for and what to change first', async () => {
    const { 'README.md': readme } = await textsOf(name, language);
    expect(readme).toMatch(/^# /);
    expect(readme).toContain('To change first:');
  });
});

it.each(names)('%s is the same in both languages: one manifest but for the engine, one set of tests', async (name) => {
  const [cedar, rego] = [await textsOf(name, 'cedar'), await textsOf(name, 'rego')];
  const shared = (texts: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(texts)
        .filter(([path]) => !path.startsWith('policies/') && !['README.md', 'policy.wasm'].includes(path))
        .map(([path, text]) => [path, text.replaceAll('opa-wasm', 'cedar')]),
    );
  expect(shared(rego)).toEqual(shared(cedar));
});

it('there is a directory for each, and no other', () => {
  expect(readdirSync(dirname(dirname(starterDirectory('tenants')))).toSorted()).toEqual(names.toSorted());
});

describe.each(names)('the compiled policy of %s', (name) => {
  it('is stamped with the sources beside it', async () => {
    const files = await filesOf(name, 'rego');
    const rego = files
      .filter(({ path }) => path.endsWith('.rego'))
      .map(({ path, bytes }) => ({ path, text: Buffer.from(bytes).toString() }));
    const wasm = files.find(({ path }) => path === 'policy.wasm')?.bytes ?? new Uint8Array();
    expect(stampOf(await webAssembly.compile(wasm))).toBe(regoDigest(rego));
  });

  it('decides as what a real compiler makes of them', async (context) => {
    requireService(context, opa);
    const files = await filesOf(name, 'rego');
    const sources = files.filter(({ path }) => path.endsWith('.rego'));
    const wasm = compileRego(sources.map(({ bytes }) => Buffer.from(bytes).toString()));
    const compiled = [...files.filter(({ path }) => path !== 'policy.wasm'), { path: 'policy.wasm', bytes: wasm }];
    const { outcomes } = await testConstitution(compiled);
    expect(outcomes.filter(({ passed }) => !passed)).toEqual([]);
  });
});
