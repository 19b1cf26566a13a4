import { describe, expect, it } from 'vitest';
import { newCedarInstance } from '../../src/cedar/instance.js';
import { type Actions, constitutionSchema, type FactType, generateSchema } from '../../src/index.js';
import { airlineTexts, loadAirline } from '../support/airline-constitution.js';
import { textOf, toFiles } from '../support/files.js';
import { refusal } from '../support/problems.js';

const actionsWith = (tool: string, facts: Readonly<Record<string, FactType>>): Actions => {
  const declared = Object.entries(facts).map(
    ([name, type]) => [name, { name, type, optional: name.startsWith('maybe'), redact: name === 'secret' }] as const,
  );
  return new Map([
    ['send', { name: 'send', tool: false, facts: new Map() }],
    ['receive', { name: 'receive', tool: false, facts: new Map() }],
    [tool, { name: tool, tool: true, facts: new Map(declared) }],
  ]);
};

const accepted = (schema: string): unknown => newCedarInstance().preparseSchema('s', schema);

const ofEachType = {
  text: 'string',
  number: 'int',
  flag: 'bool',
  moment: 'timestamp',
  span: 'duration',
  maybe_texts: { setOf: 'string' },
  secret: { setOf: 'timestamp' },
} as const;

describe('generateSchema', () => {
  it('writes each type, what is optional, and what is shown to nobody', () => {
    const schema = generateSchema(actionsWith('refund', ofEachType));
    expect(schema).toContain(`action refund in [send] appliesTo {
  principal: [Agent],
  resource: [Agent],
  context: {
    messageType: String,
    priority: String,
    priorityRank: Long,
    contentBytes: Long,
    isReply: Bool,
    toEveryone: Bool,
    toTopic?: String,
    toCapability?: String,
    now: datetime,
    answersOwn?: Bool,
    answeredType?: String,
    answeredRole?: String,
    // Facts.
    flag: Bool,
    maybe_texts?: Set<String>,
    moment: datetime,
    number: Long,
    // Its value is shown to nobody.
    secret: Set<datetime>,
    span: duration,
    text: String,
  },
};`);
    expect(accepted(schema)).toEqual({ type: 'success' });
  });

  it.each(
    'true false if then else in is like has namespace entity action type principal resource context appliesTo tags enum permit forbid when unless Set String Long Bool Record Entity Extension datetime Context Agent Tenant attributes __cedar'.split(
      ' ',
    ),
  )('writes the name %s so that Cedar takes it', (name) => {
    expect(accepted(generateSchema(actionsWith(name, { [name]: 'string' })))).toEqual({ type: 'success' });
  });
});

describe('a schema in the constitution', () => {
  const files = (texts = airlineTexts) => toFiles(texts);
  const generated = constitutionSchema(files());
  const withSchema = (schema: string) => loadAirline({}, { ...airlineTexts, 'schema.cedarschema': schema });

  it('may be the one that follows from the manifest, written otherwise', async () => {
    await expect(withSchema(generated)).resolves.toBeDefined();
    const otherwise = `${generated.replace('cabin: String', '"cabin": Cabin').replace('insured: Bool', 'insured: __cedar::Bool')}
      type Cabin = Word; type Word = __cedar::String;`;
    await expect(withSchema(otherwise)).resolves.toBeDefined();
  });

  it('that was written before topics is taken as it is, but a wrong type of them is not', async () => {
    await expect(withSchema(generated.replaceAll(/.*(toTopic|toCapability).*\n/g, ''))).resolves.toBeDefined();
    const { problems } = await refusal(withSchema(generated.replaceAll('toTopic?: String', 'toTopic: String')));
    expect(problems[0]?.message).toContain('has toTopic?: String, not toTopic: String.');
  });

  it.each<[string, string | RegExp, string, string]>([
    [
      'another type',
      'insured: Bool',
      'insured: String',
      'action cancel_reservation has insured: Bool, not insured: String.',
    ],
    ['another optionality', 'cabin: String', 'cabin?: String', 'has cabin: String, not cabin?: String.'],
    [
      'an optional fact that is required',
      'largest?: Long',
      'largest: Long',
      'action send_certificate has largest?: Long, not largest: Long.',
    ],
    [
      'another set',
      'flight_states: Set<String>',
      'flight_states: Set<Long>',
      'has flight_states: Set<String>, not flight_states: Set<Long>.',
    ],
    ['a misspelt fact', 'booked_at: datetime', 'bookedat: datetime', 'lacks booked_at: datetime.'],
    [
      'a fact too many',
      'booked_at: datetime',
      'booked_at: datetime, more: Long',
      'action cancel_reservation has no more',
    ],
    [
      'a tool that is no send',
      'update_baggages in [send]',
      'update_baggages',
      'action update_baggages: the list after in is [send], not [].',
    ],
    [
      'a tool too many',
      'entity Tenant;',
      'entity Tenant; action more appliesTo { principal: Agent, resource: Agent };',
      'there is no action more',
    ],
    [
      'a tool to everyone',
      /(update_baggages in \[send\] appliesTo \{\s*principal: \[Agent\],\s*resource: )\[Agent\]/,
      '$1[Agent, Tenant]',
      'resource is [Agent], not [Agent, Tenant].',
    ],
    [
      'an action in a namespace',
      'entity Tenant;',
      'entity Tenant; namespace N { entity X; action a appliesTo { principal: X, resource: X }; }',
      'actions belong in no namespace; N has some.',
    ],
    [
      'an attribute of agents too many',
      'capabilities: Set<String>,',
      'capabilities: Set<String>, team?: String,',
      'Agent has no team',
    ],
  ])('with %s is refused', async (_name, from, to, message) => {
    const schema = generated.replace(from, to);
    expect(schema).not.toBe(generated);
    const { problems } = await refusal(withSchema(schema));
    expect(problems.map((problem) => problem.message).join('\n')).toContain(message);
    expect(problems[0]).toMatchObject({ file: 'schema.cedarschema' });
  });

  it('says where it differs', async () => {
    const { problems } = await refusal(withSchema(generated.replace('insured: Bool', 'insured: String')));
    const before = generated.slice(0, generated.indexOf('insured: Bool')).split('\n');
    expect(problems).toMatchObject([{ line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }]);
  });

  it('is written for authors though their policies are wrong, but not from a wrong manifest', async () => {
    expect(constitutionSchema(files({ ...airlineTexts, 'policies/airline.cedar': 'permit' }))).toBe(generated);
    const wrong = textOf(airlineTexts, 'manifest.yaml').replace('cabin: reservation.cabin', 'cabin: reservation.cabn');
    const refused = async () => constitutionSchema(files({ ...airlineTexts, 'manifest.yaml': wrong }));
    expect((await refusal(refused())).problems).toMatchObject([{ file: 'manifest.yaml' }]);
  });
});

describe('a fact that is called like a field of every context', () => {
  it.each(['now', 'messageType', 'toEveryone'])('is refused where it stands: %s', async (name) => {
    const manifest = textOf(airlineTexts, 'manifest.yaml')
      .replace('cabin: reservation.cabin', `${name}: reservation.cabin`)
      .replace('  receive:\n', `  receive:\n    ${name}: sender.id\n`);
    const { problems } = await refusal(loadAirline({}, { ...airlineTexts, 'manifest.yaml': manifest }));
    const lines = manifest.split('\n').flatMap((line, index) => (line.includes(` ${name}:`) ? [index + 1] : []));
    expect(new Set(problems.map((problem) => problem.line))).toEqual(new Set(lines));
    expect(problems[0]?.message).toContain('a fact needs another name');
  });
});
