import type { FactsManifest } from '@charterbus/core-models';
import { earlierCalls } from '../conversation/earlier-calls.js';
import { baseEnvironment } from '../expressions/base-environment.js';
import { agentRecord, agentValue, messageRecord, messageValue } from '../expressions/bus-records.js';
import { Running } from '../gather/running.js';
import type { Report } from '../manifest/report.js';
import { readingsRecords, screenReadings } from '../screens/screen-readings.js';
import { tableResolver } from '../tables/table-view.js';
import { Instant } from '../types/instant.js';
import { celNameOf, type RecordType, recordsWithin } from '../types/value-type.js';
import type { ExpressionContext, Variable } from './action-compiler.js';
import { type ActionProgram, type ActionSource, compileAction } from './action-program.js';
import type { Declarations, DeclaredTool } from './declarations.js';
import type { Usage } from './usage.js';

/** Everything that is compiled from a manifest, for whatever world. */
export interface Programs {
  /** By name: `send`, `receive` and the tools. */
  readonly actions: ReadonlyMap<string, ActionProgram>;
  readonly running: Running;
  /** The tools whose earlier calls some expression reads. */
  readonly remembered: ReadonlySet<string>;
}

type Variables = ReadonlyMap<string, Variable>;

const everywhere = (
  declarations: Declarations,
  ...[earlier, screens]: readonly [earlier: Variable, screens: Variable]
): Variables => {
  const tables = [...declarations.tables.values()].map((table): [string, Variable] => {
    const reading = { name: table.name, load: table.load, observed: table.observed !== undefined };
    return [table.name, { type: `map<string, ${table.row.celName}>`, resolve: tableResolver(reading) }];
  });
  return new Map([
    ...tables,
    ['now', { type: 'timestamp', resolve: ({ inputs }) => new Instant(inputs.now) }],
    ['sender', { type: agentRecord.celName, resolve: ({ inputs }) => agentValue(inputs.subject.sender) }],
    ['message', { type: messageRecord.celName, resolve: ({ inputs }) => messageValue(inputs.subject) }],
    ['earlier', earlier],
    ...(declarations.screens.size === 0 ? [] : [['screens', screens] as const]),
  ]);
};

const variableOf = ({ record, resolve }: Pick<Variable, 'resolve'> & { readonly record: RecordType }): Variable => ({
  type: record.celName,
  resolve,
});

const recipient: Variable = {
  type: agentRecord.celName,
  resolve: ({ inputs }) => (inputs.subject.recipient === undefined ? undefined : agentValue(inputs.subject.recipient)),
};

const callOf = (tool: DeclaredTool): Variable => ({
  type: tool.arguments.celName,
  resolve: ({ inputs }) => inputs.call,
});

const sourcesOf = (facts: FactsManifest, { tools }: Declarations, shared: Variables): readonly ActionSource[] => {
  const send = { path: ['send'], facts: facts.send };
  const receive = { path: ['receive'], facts: facts.receive };
  const met = new Map([...shared, ['recipient', recipient] as const]);
  return [
    { name: 'send', tool: false, variables: shared, sections: [send] },
    { name: 'receive', tool: false, variables: met, sections: [receive] },
    ...[...tools.values()].map((tool) => ({
      name: tool.name,
      tool: true,
      variables: new Map([...met, ['args', callOf(tool)] as const]),
      sections: [send, { path: ['tools', tool.name, 'facts'], facts: facts.tools[tool.name]?.facts ?? {} }],
    })),
  ];
};

const allRecords = ({ types, tools }: Declarations, others: readonly RecordType[]): ReadonlyMap<string, RecordType> => {
  const calls = [...tools.values()].map((tool) => tool.arguments);
  const records = [...types.all(), ...calls, agentRecord, messageRecord, ...others];
  return new Map(records.map((record) => [record.celName, record]));
};

/** A provider sees all that it is given. */
const useProviders = ({ providers }: Declarations, usage: Usage): void => {
  const given = [...usage.providers].flatMap((name) => providers.get(name)?.parameters ?? []);
  for (const record of given.flatMap((type) => [...recordsWithin(type)])) {
    for (const field of record.fields.keys()) usage.onField(record, field);
  }
};

/** Checks and compiles all expressions of a manifest; what is wrong with them is reported. */
export const compilePrograms = (
  facts: FactsManifest,
  declarations: Declarations,
  usage: Usage,
  report: Report,
): Programs => {
  const earlier = earlierCalls(declarations.tools, facts.limits.listItems);
  const screens = screenReadings(declarations.screens);
  const records = allRecords(declarations, [earlier.record, ...readingsRecords(screens)]);
  const environment = baseEnvironment(records.values(), facts.limits.listItems);
  const running = new Running();
  for (const { name, parameters, returns } of declarations.providers.values()) {
    environment.registerFunction({
      name,
      returnType: celNameOf(returns),
      params: parameters.map((type, index) => ({ name: `argument${index}`, type: celNameOf(type) })),
      handler: (...operands: readonly unknown[]) => running.scope.ask(name, operands),
      async: false,
    });
  }
  const context: ExpressionContext = {
    environment,
    records,
    usage,
    report,
    vocabulary: declarations.vocabulary,
    names: facts.names,
    spend: (steps) => running.scope.spend(steps),
  };
  const variables = everywhere(declarations, variableOf(earlier), variableOf(screens));
  const sources = sourcesOf(facts, declarations, variables);
  const actions = new Map(sources.map((source) => [source.name, compileAction(context, source)]));
  useProviders(declarations, usage);
  const remembered = [...declarations.tools.keys()].filter((tool) => usage.usesField(earlier.record.celName, tool));
  return { actions, running, remembered: new Set(remembered) };
};
