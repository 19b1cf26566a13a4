import type { Element } from 'hast';
import { h } from 'hastscript';
import type { StoppedCallReport, StoppedRuleReport } from '../report-schema.js';
import { argumentFields, type Field, factFields } from '../words/fields.js';
import { plainLine, plainText } from '../words/plain-text.js';
import { callPlace, counted, descriptionOf, examplesNote, number, placeOf } from '../words/words.js';
import { verdict } from './verdict.js';

const talk = ({ excerpt }: StoppedCallReport): readonly Element[] =>
  excerpt.length === 0
    ? []
    : [
        h('h4', 'What was said before'),
        h(
          'ol.talk',
          { role: 'list' },
          excerpt.map(({ role, text }) =>
            h(`li.${role}`, [
              h('span.who', role === 'customer' ? 'Customer' : 'Agent'),
              h('p', { dir: 'auto' }, plainText(text).trim()),
            ]),
          ),
        ),
      ];

const fields = (name: string, all: readonly Field[]): readonly Element[] =>
  all.length === 0
    ? []
    : [
        h('div', [
          h('h4', name),
          h(
            'dl.fields',
            all.flatMap((field) => [
              h('dt', [h('code', field.name)]),
              h('dd', { dir: 'auto', className: field.redacted ? ['redacted'] : [] }, field.value),
            ]),
          ),
        ]),
      ];

const example = (call: StoppedCallReport, open: boolean): Element =>
  h('details', { open }, [
    h('summary', [h('code', plainLine(call.tool)), ' ', h('span.where', { dir: 'auto' }, callPlace(call))]),
    ...talk(call),
    h('div.pair', [
      ...fields('What the agent called it with', argumentFields(call)),
      ...fields('What the rule knew', factFields(call)),
    ]),
  ]);

export const ruleAnchor = (index: number): string => `rule-${index + 1}`;

/** One rule: what it says, how much it stopped, and examples, the first of them open. */
export const ruleSection = (rule: StoppedRuleReport, index: number, calls: number): Element => {
  const place = placeOf(rule);
  const note = examplesNote(rule);
  const description = descriptionOf(rule);
  const id = ruleAnchor(index);
  return h('section.card.rule', { ariaLabelledBy: id }, [
    h('h3', { id }, [h('code', plainLine(rule.rule))]),
    ...(description === '' ? [] : [h('p', { dir: 'auto' }, description)]),
    h('div.facts-of-rule', [
      verdict(rule.verdict),
      h('span', `${number(rule.count)} of ${counted(calls, 'tool call')}`),
      ...(place === '' ? [] : [h('code', place)]),
    ]),
    ...(note === undefined ? [] : [h('p', note)]),
    ...rule.calls.map((call, position) => example(call, position === 0)),
  ]);
};
