import { constitutionalHash } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { loadConstitution } from '../src/index.js';
import { ruleEngine } from '../src/testing/index.js';
import { defaultTexts, type Texts, textOf, textsWith, toFiles } from './support/files.js';
import { load, refusal } from './support/problems.js';
import { never, request } from './support/requests.js';

/** Matchers are `any` in the framework's types. */
const containing = (text: string): unknown => expect.stringContaining(text);

const permit = '@id("all") permit (principal, action, resource);\n';

/** The default with files replaced, or, where the text is empty, left out. */
const changed = async (changes: Texts): Promise<Texts> => {
  const texts = { ...(await defaultTexts()), ...changes };
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ''));
};

const edited = async (path: string, from: string | RegExp, to: string): Promise<Texts> => {
  const texts = await defaultTexts();
  const text = textOf(texts, path).replace(from, to);
  expect(text).not.toBe(texts[path]);
  return { ...texts, [path]: text };
};

describe('what is refused, and where it says so', () => {
  it.each<[string, string, object]>([
    ['no id', `${permit}permit (principal, action, resource);`, { line: 2, column: 1, message: containing('@id') }],
    ['an empty id', '@id("") permit (principal, action, resource);', { message: containing('@id must be') }],
    ['an id without a value', '@id permit (principal, action, resource);', { message: containing('no @id') }],
    ['a repeated id', `${permit}\n${permit}`, { line: 3, message: containing('policies/own.cedar:1') }],
    [
      'an unknown annotation',
      '@id("a") @redact("x") permit (principal, action, resource);',
      { message: containing('@redact') },
    ],
    [
      'an escalating forbid',
      `${permit}@id("a") @escalate("x") forbid (principal, action, resource);`,
      { line: 2, message: containing('permit') },
    ],
    [
      'an escalation without a name',
      '@id("a") @escalate permit (principal, action, resource);',
      { message: containing('name') },
    ],
    [
      'an escalation with a bad name',
      '@id("a") @escalate("A b") permit (principal, action, resource);',
      { message: containing('name') },
    ],
    [
      'a template',
      '@id("a") permit (principal == ?principal, action, resource);',
      { line: 1, column: 31, message: containing('template') },
    ],
    ['no policy', '// nothing here\n', { file: 'policies' }],
    ['a syntax error', `${permit}@id("b")\npermit (principal, action, resource) when { é };`, { line: 3, column: 45 }],
    [
      'a misspelt attribute',
      `${permit}@id("b")\nforbid (principal, action, resource) when { "é" == "é" && context.contentByte > 3 };`,
      { line: 3, column: 59 },
    ],
    [
      'a wrong type',
      '@id("b")\nforbid (principal, action, resource) when { context.contentBytes > "3" };',
      { line: 2 },
    ],
    [
      'an unguarded optional attribute',
      '@id("b") permit (principal, action, resource) when { principal.role == "x" };',
      { line: 1 },
    ],
    ['an unknown action', '@id("b") permit (principal, action == Action::"sned", resource);', { line: 1 }],
    ['an unknown entity type', '@id("b") permit (principal == Agnet::"a", action, resource);', { line: 1 }],
    [
      'a policy that can never apply',
      `${permit}@id("b") forbid (principal, action, resource) when { context.isReply && false };`,
      { line: 2 },
    ],
    [
      'deep nesting',
      `@id("b") permit (principal, action, resource) when { ${'('.repeat(200)}true${')'.repeat(200)} };`,
      { line: 1, column: 85 },
    ],
  ])('%s', async (_name, policies, problem) => {
    const refused = await refusal(load(await textsWith(policies)));
    expect(refused.code).toBe('CONSTITUTION_INVALID');
    expect(refused.problems[0]).toMatchObject({ file: 'policies/own.cedar', ...problem });
    expect(refused.message.split('\n')).toHaveLength(1);
    expect(refused.message).toContain(refused.problems[0]?.file);
  });

  it('an id repeated across files', async () => {
    const texts = { ...(await textsWith(permit)), 'policies/deeper/more.cedar': permit };
    expect((await refusal(load(texts))).problems).toMatchObject([
      { file: 'policies/own.cedar', message: containing('policies/deeper/more.cedar:1') },
    ]);
  });

  it('every problem, not only the first', async () => {
    const texts = await textsWith('permit (principal, action, resource);\npermit (principal, action, resource);');
    const { problems, message } = await refusal(load(texts));
    expect(problems).toHaveLength(2);
    expect(message).toContain('(and 1 more)');
  });

  const bomb = Array.from(
    { length: 9 },
    (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(',')}]`,
  );

  it.each<[string, string, object]>([
    ['broken YAML', 'limits: [', { line: 6 }],
    ['a key twice', 'name: other', { line: 6, column: 1 }],
    ['a misspelt key', 'limits:\n  contentByte: 3', { message: containing('contentByte') }],
    ['a limit that is raised', 'limits:\n  depth: 33', { line: 7, column: 10, message: containing('limits.depth') }],
    ['a bad pinned hash', 'hash: { pinned: CDD01EF066BC6CF2 }', { line: 6 }],
    [
      'a pinned hash that YAML takes for a number',
      'hash: { pinned: 1234567890123456 }',
      { message: containing('quotes') },
    ],
    ['an alias bomb', ['a0: &a0 [1, 1]', ...bomb].join('\n'), { message: containing('expanded') }],
    ['deep YAML', `description: ${'['.repeat(20_000)}`, {}],
    ['a tag that nobody resolves', 'description: !!js/function x', { line: 6 }],
  ])('%s in the manifest', async (_name, more, problem) => {
    const refused = await refusal(load(await textsWith(permit, more)));
    expect(refused.code).toBe('CONSTITUTION_INVALID');
    expect(refused.problems[0]).toMatchObject({ file: 'manifest.yaml', ...problem });
  });

  it('another engine in the manifest', async () => {
    const texts = await edited('manifest.yaml', 'engine: cedar', 'engine: rego');
    expect((await refusal(load(texts))).problems).toMatchObject([{ file: 'manifest.yaml', line: 5 }]);
  });

  it('no manifest', async () => {
    expect((await refusal(load(await changed({ 'manifest.yaml': '' })))).problems).toContainEqual({
      file: 'manifest.yaml',
      message: 'is missing.',
    });
  });

  it('text that is not UTF-8, and a byte order mark', async () => {
    const files = toFiles(await textsWith(permit));
    const latin = [
      ...files.filter((file) => !file.path.startsWith('policies')),
      { path: 'policies/own.cedar', bytes: Buffer.from([0x2f, 0x2f, 0xe9]) },
    ];
    expect((await refusal(loadConstitution(latin))).problems).toEqual([
      { file: 'policies/own.cedar', message: 'is not UTF-8 text.' },
    ]);
    for (const path of ['manifest.yaml', 'policies/powers.cedar', 'tests/roles.yaml']) {
      expect((await refusal(load(await edited(path, /^/, '\ufeff')))).problems).toEqual([
        { file: path, message: 'begins with a byte order mark.' },
      ]);
    }
  });

  it.each([
    ['broken JSON', '{'],
    ['an integer that readers round', '{"a": 9007199254740993}'],
    ['too deep JSON', `${'['.repeat(65)}1${']'.repeat(65)}`],
  ])('%s as data', async (_name, json) => {
    expect((await refusal(load({ ...(await textsWith(permit)), 'data/a.json': json }))).problems).toMatchObject([
      { file: 'data/a.json' },
    ]);
  });

  it('paths that no directory would give', async () => {
    for (const path of [
      '../a',
      '/etc/passwd',
      'policies/../../a.cedar',
      'a//b',
      '',
      'POLICIES/own.cedar',
      'Manifest.yaml',
    ]) {
      expect((await refusal(load({ ...(await textsWith(permit)), [path]: 'x' }))).code).toBe('CONSTITUTION_INVALID');
    }
  });

  it('an engine that is not the one the manifest names', async () => {
    expect((await refusal(load(await textsWith(permit), { engine: ruleEngine([], 'rules') }))).problems).toMatchObject([
      { file: 'manifest.yaml' },
    ]);
  });
});

describe('the schema', () => {
  it.each<[string, string | RegExp, string, string]>([
    [
      'another name of an attribute',
      'messageType: String',
      'messageTyp: String',
      'the context of the action receive lacks messageType: String.',
    ],
    [
      'another type of an attribute',
      'contentBytes: Long',
      'contentBytes: String',
      'has contentBytes: Long, not contentBytes: String.',
    ],
    ['an attribute missing', 'role?: String,', '', 'Agent lacks role?: String.'],
    [
      'an attribute that the bus does not send',
      'isReply: Bool,',
      'isReply: Bool, risk: Long,',
      'the context of the action receive has no risk',
    ],
    ['no receive', /action receive appliesTo \{[^}]*\};/, '', 'lacks the action receive.'],
    [
      'no message to everyone',
      'resource: [Agent, Tenant]',
      'resource: [Agent]',
      'action send: resource is [Agent, Tenant], not [Agent].',
    ],
    ['agents outside of tenants', 'entity Agent in [Tenant]', 'entity Agent', 'Agent is in [Tenant], not in [].'],
  ])('with %s is refused when it is loaded', async (_name, from, to, message) => {
    const texts = await textsWith(permit);
    const schema = textOf(texts, 'schema.cedarschema').replace(from, to);
    expect(schema).not.toBe(texts['schema.cedarschema']);
    const { problems } = await refusal(load({ ...texts, 'schema.cedarschema': schema }));
    expect(problems[0]).toMatchObject({
      file: 'schema.cedarschema',
      message: containing(message),
    });
  });

  it('may declare types of its own', async () => {
    const texts = await textsWith(permit);
    const schema = `${textOf(texts, 'schema.cedarschema').replace('isReply: Bool', 'isReply: YesOrNo')}
      type YesOrNo = __cedar::Bool; entity Other in [Other] = {a: Long};`;
    const constitution = await load({ ...texts, 'schema.cedarschema': schema });
    expect(await constitution.judge(request(), never)).toMatchObject({ effect: 'allow' });
  });

  it.each([
    ['nested types', `type T = ${'Set<'.repeat(2_000)}String${'>'.repeat(2_000)};`],
    ['nested records', `type T = ${'{a: '.repeat(1_000)}String${'}'.repeat(1_000)};`],
    [
      'a long line of descent',
      `entity E0;${Array.from({ length: 5_000 }, (_, number) => `entity E${number + 1} in [E${number}];`).join('')}`,
    ],
    [
      'types that double',
      `type T0 = String;${Array.from({ length: 60 }, (_, number) => `type T${number + 1} = {a: T${number}, b: T${number}};`).join('')}`,
    ],
    ['types in a circle', 'type A = {b: B}; type B = {a: A};'],
    ['too much text', `// ${'x'.repeat(300_000)}`],
    ['an unknown type', 'entity X = {a: Strng};'],
    [
      'a warning',
      'entity X = {a: String}; type Agent2 = Agent; entity String2; namespace N { entity Agent; entity B = {a: Agent}; type Agent = String; }',
    ],
  ])('with %s is refused quickly', async (_name, more) => {
    const texts = await textsWith(permit);
    const { problems } = await refusal(
      load({ ...texts, 'schema.cedarschema': `${textOf(texts, 'schema.cedarschema')}\n${more}` }),
    );
    expect(problems[0]?.file).toBe('schema.cedarschema');
  });
});

describe('its own tests', () => {
  it('must pass, and a failure says which, what was expected and what came', async () => {
    const texts = await edited(
      'tests/tenants.yaml',
      'verdict: allow, reasons: [queries]',
      'verdict: deny, reasons: [queries]',
    );
    const { code, problems } = await refusal(load(texts));
    expect(code).toBe('CONSTITUTION_TESTS_FAILED');
    expect(problems).toEqual([
      {
        file: 'tests/tenants.yaml',
        line: 8,
        message: 'test "a query to everyone in the tenant passes": expected deny (queries), got allow (queries).',
      },
    ]);
  });

  it('must be there unless the manifest says otherwise', async () => {
    const texts = await textsWith(permit);
    const required = {
      ...texts,
      'manifest.yaml': textOf(texts, 'manifest.yaml').replace('tests: optional', 'tests: required'),
    };
    expect((await refusal(load(required))).problems).toMatchObject([{ file: 'tests' }]);
    await expect(load(texts)).resolves.toBeDefined();
  });

  it.each([
    ['an unknown key', 'verdict: allow, reasons: [queries]', 'verdit: allow, reasons: [queries]'],
    ['a deny without reasons', 'verdict: deny, reasons: [tenant-boundary]', 'verdict: deny'],
    ['a name twice', 'a query to everyone in the tenant passes', 'a query passes within a tenant'],
  ])('are refused for %s', async (_name, from, to) => {
    const { code, problems } = await refusal(load(await edited('tests/tenants.yaml', from, to)));
    expect(code).toBe('CONSTITUTION_INVALID');
    expect(problems[0]?.file).toBe('tests/tenants.yaml');
  });

  it('close the engine when they fail', async () => {
    let closed = 0;
    const engine = ruleEngine([{ id: 'all', effect: 'permit' }]);
    const watched = {
      ...engine,
      load: async (...given: Parameters<typeof engine.load>) => {
        const { snapshot } = await engine.load(...given);
        if (snapshot === undefined) throw new Error('The rules do not load.');
        return { snapshot: { ...snapshot, close: async () => void (closed += 1) }, problems: [] as const };
      },
    };
    expect((await refusal(load(await defaultTexts(), { engine: watched }))).code).toBe('CONSTITUTION_TESTS_FAILED');
    expect(closed).toBe(1);
  });
});

describe('what it is called by', () => {
  it('is sealed by its content: any byte changes both hashes', async () => {
    const texts = await defaultTexts();
    const sealed = await load(texts);
    expect(sealed.hash).toBe(constitutionalHash(toFiles(texts)));
    expect(sealed.shortHash).toBe(sealed.hash.slice(0, 16));
    const other = await load({ ...texts, NOTICE: 'a comment' });
    expect(other.hash).not.toBe(sealed.hash);
    expect(other.shortHash).not.toBe(sealed.shortHash);
  });

  it('may be pinned to a given short hash, while the full one still tells every change', async () => {
    const pin = 'hash: { pinned: cdd01ef066bc6cf2 }\n';
    const first = await load(await textsWith(permit, pin));
    const second = await load(await textsWith(`${permit} `, pin));
    expect([first.shortHash, second.shortHash]).toEqual(['cdd01ef066bc6cf2', 'cdd01ef066bc6cf2']);
    expect(first.hash).not.toBe(second.hash);
    expect((await first.judge(request(), never)).binds.constitutionDigest).toBe(first.hash);
  });

  it('says name, revision, limits and policies', async () => {
    const constitution = await load(await defaultTexts());
    expect(constitution.name).toBe('default');
    expect(constitution.revision).toBe(1);
    expect(constitution.limits.depth).toBe(32);
    expect(constitution.policies.get('governance-request')).toMatchObject({
      effect: 'permit',
      file: 'policies/powers.cedar',
      escalate: 'governance-request',
      annotations: { id: 'governance-request', escalate: 'governance-request' },
    });
    expect(constitution.policies.get('governance-request')).not.toHaveProperty('place');
  });

  it('binds the version of the data', async () => {
    const texts = await textsWith(permit);
    const [none, some, other] = [
      await load(texts),
      await load({ ...texts, 'data/a.json': '{}' }),
      await load({ ...texts, 'data/a.json': '[]' }),
    ];
    expect(none.dataVersion).toBe(constitutionalHash([]));
    expect(new Set([none.dataVersion, some.dataVersion, other.dataVersion]).size).toBe(3);
  });

  it('keeps what it was loaded from, whatever happens to the bytes', async () => {
    const files = toFiles(await textsWith(permit));
    const loading = loadConstitution(files);
    for (const file of files) file.bytes.fill(0x20);
    expect((await (await loading).judge(request(), never)).effect).toBe('allow');
  });

  it('stops when aborted', async () => {
    await expect(load(await textsWith(permit), { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow(
      'stop',
    );
  });
});
