import { opa, requireService } from '@charterbus/tooling/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type EngineAnswer,
  type EngineSnapshot,
  loadConstitution,
  opaWasmEngine,
  stampPolicy,
} from '../../src/index.js';
import { importSdk, type WasmPolicy, type WasmSdk } from '../../src/opa-wasm/sdk.js';
import { toFiles } from '../support/files.js';
import { query } from '../support/opa.js';
import { refusal } from '../support/problems.js';
import { compileRego, manifestOf, regoFiles } from '../support/rego.js';
import { agent, never, request } from '../support/requests.js';
import { snapshotOf } from '../support/snapshots.js';

beforeEach((context) => void requireService(context, opa));

const answer = (snapshot: EngineSnapshot, more: object = {}): unknown =>
  snapshot.evaluate({ ...query, ...more }, never);

const engine = opaWasmEngine();
const snapshotFrom = (rego: string, data: Readonly<Record<string, string>> = {}) =>
  snapshotOf(engine, regoFiles(rego, data));
const allowed = { decision: 'allow', policies: ['charterbus/decision'], errors: [] };
const errs = (error: string) => ({ decision: 'deny', policies: [], errors: [expect.stringContaining(error)] });

const problemsOf = async (files: Parameters<typeof loadConstitution>[0], options = {}) =>
  (await refusal(loadConstitution(files, options))).problems;

describe('compiled Rego', () => {
  it('decides by a boolean or by an object', async () => {
    const boolean = await snapshotFrom('package charterbus\n\ndecision := input.sender.id == "planner"');
    expect(answer(boolean)).toEqual(allowed);
    expect(answer(boolean, { sender: { ...query.sender, id: 'x' } })).toEqual({ ...allowed, decision: 'deny' });
    const object = await snapshotFrom(
      'package charterbus\n\ndecision := {"allow": true, "reason": "x", "metadata": {"n": 1}, "obligations": [{"kind": "remove", "path": "/card"}]}',
    );
    expect(answer(object)).toEqual({ ...allowed, obligations: [{ kind: 'remove', path: '/card' }] });
  });

  it('denies by an error where it is undefined', async () => {
    const snapshot = await snapshotFrom('package charterbus\n\ndecision := true if input.sender.id == "other"');
    expect(answer(snapshot)).toEqual(errs('charterbus/decision is undefined'));
  });

  it('sees the whole request, and nothing else', async () => {
    const rego = `package charterbus

decision := true if input == ${JSON.stringify({ ...query, facts: { at: 5, kinds: ['a'], name: 'n', span: 7, yes: true } })}`;
    const facts = { at: { timestamp: 5 }, span: { milliseconds: 7 }, kinds: ['a'], name: 'n', yes: true };
    const hidden = { ...query, facts, secret: 1, sender: { ...query.sender, token: 'x' } };
    expect((await snapshotFrom(rego)).evaluate(hidden, never)).toEqual(allowed);
  });

  it('sees who is answered', async () => {
    const context = { ...query.context, answersOwn: false, answeredType: 'query', answeredRole: 'judge' };
    const rego = `package charterbus\n\ndecision := input.context == ${JSON.stringify(context)}`;
    expect((await snapshotFrom(rego)).evaluate({ ...query, context }, never)).toEqual(allowed);
  });

  it('sees data as documents by their paths', async () => {
    const rego =
      'package charterbus\n\ndecision := data.limits.daily.count == 3 if data.list == ["a"]\n\nallowed := data.other';
    const data = { 'data/limits/daily.json': '{"count":3}', 'data/list.json': '["a"]' };
    expect(answer(await snapshotFrom(rego, data))).toEqual(allowed);
  });

  it('judges on after a judgement that failed, in a new instance', async () => {
    const rego =
      'package charterbus\n\ndecision := true if input.action == "send"\n\ndecision := false if input.facts.clash';
    let started = 0;
    const counting = async (): Promise<WasmSdk> => {
      const real = await importSdk();
      return {
        loadPolicySync: (...parameters) => {
          started += 1;
          return real.loadPolicySync(...parameters);
        },
      };
    };
    const snapshot = await snapshotOf(opaWasmEngine({ importSdk: counting }), regoFiles(rego));
    expect(answer(snapshot)).toEqual(allowed);
    expect(() => answer(snapshot, { facts: { clash: true } })).toThrow(/The compiled policy failed/);
    expect(answer(snapshot)).toEqual(allowed);
    expect(started).toBe(2);
  });

  it.each([
    [
      'throws',
      () => {
        throw new RangeError('deep');
      },
    ],
    ['answers nothing', () => undefined],
    ['answers twice', () => [{ result: true }, { result: true }]],
    ['answers an inherited result', () => [Object.create({ result: true }) as unknown]],
    ['answers true', () => true],
    ['answers texts', () => ['result']],
  ])('never allows where the instance %s', async (_name, evaluate: () => unknown) => {
    const real = await importSdk();
    const broken = async (): Promise<WasmSdk> => ({
      loadPolicySync: (...parameters) => {
        const policy = real.loadPolicySync(...parameters);
        return Object.assign(Object.create(policy) as WasmPolicy, { evaluate });
      },
    });
    const snapshot = await snapshotOf(
      opaWasmEngine({ importSdk: broken }),
      regoFiles('package charterbus\n\ndecision := true'),
    );
    const said = await Promise.resolve()
      .then(() => answer(snapshot))
      .catch((error: unknown) => error);
    expect((said as Partial<EngineAnswer>).decision).not.toBe('allow');
  });

  it('gives an instance back that has grown', async () => {
    const rego =
      'package charterbus\n\ndecision := count({x | some i in numbers.range(1, 300000); x := i}) > 0 if input.facts.large\n\ndecision := true if not input.facts.large';
    const snapshot = await snapshotFrom(rego);
    for (const large of [true, false, true, false]) expect(answer(snapshot, { facts: { large } })).toEqual(allowed);
  });

  it('denies what is too large, or holds no number, before it is evaluated', async () => {
    const snapshot = await snapshotFrom('package charterbus\n\ndecision := true');
    expect(() => answer(snapshot, { facts: { text: 'x'.repeat(300_000) } })).toThrow(RangeError);
    expect(() => answer(snapshot, { facts: { number: Number.NaN } })).toThrow(TypeError);
    expect(answer(snapshot)).toEqual(allowed);
  });
});

const annotated = `package charterbus

# METADATA
# title: Queries pass.
# custom: { policy: queries, effect: permit }
permits contains "queries" if input.context.messageType == "query"

# METADATA
# title: Others wait.
# custom:
#   policy: others
#   effect: permit
#   escalate: governance
permits contains "others" if input.context.messageType == "command"

decision := {"allow": count(permits) > 0, "policies": permits}
`;

describe('policies of Rego', () => {
  it('are named by annotations, with their places, and escalate', async () => {
    await using constitution = await loadConstitution(regoFiles(annotated));
    const records = [...constitution.policies.values()].map(({ id, effect, file, line }) => [id, effect, file, line]);
    expect(records).toEqual([
      ['charterbus/decision', 'rule', 'policies/own.rego', 16],
      ['others', 'permit', 'policies/own.rego', 8],
      ['queries', 'permit', 'policies/own.rego', 3],
    ]);
    const judge = (type: 'query' | 'command' | 'event') => constitution.judge(request({ type }), never);
    expect(await judge('query')).toMatchObject({ effect: 'allow', policies: ['queries'] });
    expect(await judge('command')).toMatchObject({
      effect: 'escalate',
      escalations: [{ policy: 'others', name: 'governance' }],
    });
    expect(await judge('event')).toMatchObject({ effect: 'deny', code: 'POLICY_DEFAULT_DENY' });
  });

  it.each([
    [
      'names a policy that none declares',
      '{"allow": true, "policies": ["queries", "made-up"]}',
      'POLICY_EVALUATION_FAILED',
    ],
    ['allows by a forbid', '{"allow": true, "policies": ["never"]}', 'POLICY_EVALUATION_FAILED'],
    ['denies by a permit', '{"allow": false, "policies": ["queries"]}', 'POLICY_EVALUATION_FAILED'],
    [
      'asks for what is no obligation',
      '{"allow": true, "obligations": [{"kind": "pray"}]}',
      'POLICY_EVALUATION_FAILED',
    ],
    ['denies by the rule', '{"allow": false, "reason": "no"}', 'POLICY_DENIED'],
  ])('a decision that %s denies', async (_name, decision, code) => {
    const rego =
      `package charterbus\n\n# METADATA\n# custom: { policy: queries, effect: permit }\n# METADATA\nx := 1\n\n# METADATA\n# custom: { policy: never, effect: forbid }\ny := 1\n\ndecision := ${decision}`.replace(
        '# METADATA\nx',
        'x',
      );
    await using constitution = await loadConstitution(regoFiles(rego));
    expect(await constitution.judge(request(), never)).toMatchObject({ effect: 'deny', code });
  });

  it('change their digest with whatever is compiled', async () => {
    const digest = async (rego: string) => {
      await using constitution = await loadConstitution(regoFiles(rego));
      return constitution.policies.get('queries')?.digest;
    };
    expect(await digest(annotated)).toBe(await digest(annotated));
    expect(await digest(annotated)).not.toBe(await digest(`${annotated}\nhelper := 2\n`));
  });

  it('may ask for an approval by an obligation', async () => {
    const rego =
      'package charterbus\n\ndecision := {"allow": true, "obligations": [{"kind": "require-approval", "name": "governance"}]}';
    await using constitution = await loadConstitution(regoFiles(rego));
    expect(await constitution.judge(request({ sender: agent('acme', 'planner') }), never)).toMatchObject({
      effect: 'escalate',
      escalations: [{ policy: 'charterbus/decision', name: 'governance' }],
    });
  });
});

const plain = 'package charterbus\n\ndecision := true';

describe('a constitution of compiled Rego is refused', () => {
  it('without policy.wasm', async () => {
    const files = toFiles({ 'manifest.yaml': manifestOf('opa-wasm'), 'policies/own.rego': plain });
    expect(await problemsOf(files)).toEqual([
      {
        file: 'policy.wasm',
        message: 'is missing: opa build -t wasm -e charterbus/decision policies/ makes a bundle with it.',
      },
    ]);
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'is not a WebAssembly module.'],
    ['a text', Buffer.from('package charterbus'), 'is not a WebAssembly module.'],
    ['an empty module', Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]), 'is not a policy that OPA compiled.'],
  ])('with %s in its place', async (_name, wasm, message) => {
    expect(await problemsOf(regoFiles(plain, {}, wasm))).toEqual([
      { file: 'policy.wasm', message: expect.stringContaining(message) as string },
    ]);
  });

  it('with half of it', async () => {
    const whole = compileRego(plain);
    const [problem] = await problemsOf(regoFiles(plain, {}, whole.subarray(0, whole.length / 2)));
    expect(problem?.file).toBe('policy.wasm');
  });

  it('without the entrypoint', async () => {
    const rego = 'package charterbus\n\nverdict := true';
    expect(await problemsOf(regoFiles(rego, {}, compileRego(rego, ['charterbus/verdict'])))).toEqual([
      { file: 'policy.wasm', message: 'has no entrypoint charterbus/decision; it has charterbus/verdict.' },
    ]);
  });

  it.each([
    'time.now_ns()',
    'rand.intn("a", 5)',
    'opa.runtime()',
    'regex.split("(a+)+b", input.tenant)',
    'time.clock(1)',
    'http.send({"method": "get", "url": "http://x"})',
  ])('where it calls %s', async (call) => {
    const rego = `package charterbus\n\ndecision := true if ${call} != 1`;
    const [problem] = await problemsOf(regoFiles(rego));
    const name = call.slice(0, call.indexOf('('));
    expect(problem).toEqual({
      file: 'policy.wasm',
      message: `calls ${name}, which is not allowed in compiled policies.`,
    });
  });

  it('where it was compiled from other sources, as far as it says', async () => {
    const wasm = compileRego(plain);
    const stamped = stampPolicy(wasm, [{ path: 'policies/own.rego', text: plain }]);
    const { problems } = await refusal(loadConstitution(regoFiles(`${plain} if input.tenant == "x"`, {}, stamped)));
    expect(problems).toEqual([
      { file: 'policy.wasm', message: 'was compiled from other sources than those in policies/: compile them again.' },
    ]);
    await using constitution = await loadConstitution(regoFiles(plain, {}, stamped));
    expect((await constitution.judge(request(), never)).effect).toBe('allow');
  });

  it('where data stand in the place of rules, or of other data', async () => {
    const data = { 'data/charterbus.json': '{}', 'data/a.json': '{"b":1}', 'data/a/b.json': '2' };
    expect(await problemsOf(regoFiles(plain, data))).toEqual([
      { file: 'data/a/b.json', message: 'is inside of the document that another file is.' },
      { file: 'data/charterbus.json', message: 'is data.charterbus in Rego, which is a package as well.' },
    ]);
  });

  it('where the package that runs it is not installed', async () => {
    const missing = opaWasmEngine({ importSdk: () => Promise.reject(new Error('Cannot find package')) });
    expect(await problemsOf(regoFiles(plain), { engine: missing })).toEqual([
      {
        file: 'manifest.yaml',
        message: 'engine: opa-wasm needs the package @open-policy-agent/opa-wasm, which is not installed.',
      },
    ]);
  });

  it.each([
    ['is no YAML', '# METADATA\n# custom: { policy: [\n', 4],
    ['is named badly', '# METADATA\n# custom: { policy: "a b" }\n', 4],
    ['has another effect', '# METADATA\n# custom: { policy: a, effect: allow }\n', 4],
    ['escalates without being a permit', '# METADATA\n# custom: { policy: a, escalate: b }\n', 4],
    ['is named like the rule', '# METADATA\n# custom: { policy: charterbus/decision }\n', 4],
  ])('where an annotation %s', async (_name, annotation, line) => {
    const rego = `package charterbus\n\n${annotation}decision := true`;
    const [problem] = await problemsOf(regoFiles(rego, {}, compileRego(plain)));
    expect(problem).toMatchObject({ file: 'policies/own.rego', line });
  });

  it('where two policies have one name', async () => {
    const one = '# METADATA\n# custom: { policy: a }\n';
    const rego = `package charterbus\n\n${one}x := 1\n\n${one}decision := true`;
    expect(await problemsOf(regoFiles(rego, {}, compileRego(plain)))).toEqual([
      { file: 'policies/own.rego', line: 7, message: 'a is already the name of the policy at policies/own.rego:3.' },
    ]);
  });
});
