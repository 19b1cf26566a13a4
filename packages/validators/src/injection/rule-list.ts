import type { Rule } from './rules.js';

const instructionOverride: readonly Rule[] = [
  { score: 88, needs: ['override', 'directive', ['prior', 'told']], within: 11, ordinary: true },
  { score: 80, needs: ['override', 'directive', ['your', 'all']], within: 8, ordinary: true },
  { score: 56, needs: ['override', 'directive'], within: 4, ordinary: true },
  { score: 66, needs: ['override', 'rule', 'prior'], within: 8, ordinary: true },
  { score: 64, needs: ['override', 'rule', 'your'], within: 6, ordinary: true },
  { score: 72, needs: ['override', 'rule', 'all', ['prior', 'your', 'told']], within: 9, ordinary: true },
  { score: 72, needs: ['override', 'everything', ['prior', 'told']], within: 9, ordinary: true },
  { score: 66, needs: ['override', 'all', 'prior'], within: 5, ordinary: true },
  { score: 62, needs: ['override', 'said', 'prior'], within: 6, ordinary: true },
  {
    score: 80,
    needs: [['override', 'overrideWeak'], 'guard', ['your', 'all', 'prior', 'model']],
    within: 7,
    ordinary: true,
  },
  { score: 70, needs: ['overrideWeak', 'directive', ['prior', 'your']], within: 7, ordinary: true },
  { score: 84, needs: ['override', 'prompt'], within: 6, ordinary: true },
  { score: 66, needs: ['loyal'], within: 1 },
  { score: 66, needs: ['pwned', ['tell', 'action', 'override']], within: 10 },
  { score: 66, needs: ['void', 'rule', ['your', 'told']], within: 10, ordinary: true },
  { score: 74, needs: ['follow', 'anymore', ['directive', 'rule'], ['your', 'prior']], within: 9 },
  { score: 74, needs: ['void', 'directive', ['prior', 'your', 'all']], within: 10, ordinary: true },
  { score: 70, needs: ['fresh', 'directive', 'you'], within: 6, ordinary: true },
  { score: 56, needs: ['fresh', 'task', ['your', 'you', 'model']], within: 5, ordinary: true },
  {
    score: 66,
    needs: ['override', 'instead', ['prior', 'told', 'everything', 'directive']],
    within: 14,
    ordinary: true,
  },
  { score: 62, needs: ['override', 'everything', ['tell', 'react', 'fresh', 'instead']], within: 10, ordinary: true },
  { score: 62, needs: ['override', 'instead', 'tell'], within: 12 },
  { score: 62, needs: ['override', 'told', ['react', 'instead', 'fresh']], within: 12, ordinary: true },
  { score: 62, needs: ['overrideWeak', 'haul', ['fresh', 'task', 'instead', 'you', 'model']], within: 10 },
  { score: 64, needs: ['overrideWeak', 'rule', 'your', 'told'], within: 10, ordinary: true },
  { score: 64, needs: ['void', 'task', 'your', 'prior'], within: 8, ordinary: true },
  { score: 62, needs: ['ending', ['directive', 'fresh', 'instead', 'you', 'action']], within: 14 },
].map((rule) => ({ ...rule, category: 'instruction-override' }) as Rule);

const exfiltration: readonly Rule[] = [
  { score: 78, needs: ['reveal', 'prompt'], within: 9 },
  { score: 74, needs: [['tell', 'send'], 'prompt'], within: 8 },
  { score: 66, needs: [['reveal', 'tell'], 'directive', ['your', 'prior']], within: 8, ordinary: true },
  { score: 72, needs: ['reveal', 'secret', ['your', 'all', 'you', 'model']], within: 9 },
  { score: 66, needs: ['reveal', 'secret'], within: 5 },
  { score: 62, needs: ['tell', 'secret', 'model'], within: 7 },
  { score: 66, needs: ['guarded', ['tell', 'reveal', 'send', 'spelled']], within: 8 },
  { score: 66, needs: ['kept', 'spelled', ['tell', 'reveal', 'you']], within: 9 },
  { score: 64, needs: ['tell', 'secret', 'all', 'your'], within: 10, ordinary: true },
  { score: 66, needs: ['action', 'sink', ['data', 'secret'], ['people', 'your', 'all']], within: 16, ordinary: true },
  {
    score: 72,
    needs: [
      'send',
      ['secret', 'data'],
      'sink',
      ['all', 'your', 'covert', 'model', 'address', 'urgent', 'unasked', 'everything', 'danger'],
    ],
    within: 22,
    ordinary: true,
  },
  { score: 66, needs: ['send', 'secret', 'sink'], within: 16, ordinary: true },
  { score: 66, needs: ['tell', 'your', 'told', 'prior'], within: 10, ordinary: true },
  { score: 66, needs: ['reveal', 'data', ['all', 'your', 'sink']], within: 10 },
  { score: 66, needs: [['send', 'weave'], 'secret', 'reply'], within: 12, unless: 'negation', firm: true },
  { score: 66, needs: ['call', 'secret', 'reply'], within: 14, unless: 'negation', firm: true },
  { score: 64, needs: [['send', 'weave'], 'haul', ['sink', 'reply']], within: 16, unless: 'negation', firm: true },
  { score: 66, needs: ['call', 'haul', ['sink', 'reply']], within: 18, unless: 'negation', firm: true },
  { score: 66, needs: ['tool', 'haul', ['sink', 'reply', 'send']], within: 16, unless: 'negation', firm: true },
  { score: 80, needs: ['image', ['secret', 'data', 'prompt', 'send', 'said']], within: 24, firm: true },
].map((rule) => ({ ...rule, category: 'exfiltration' }) as Rule);

const systemImpersonation: readonly Rule[] = [
  { score: 72, needs: ['marker'], within: 1, firm: true },
  {
    score: 66,
    needs: [
      'roleLine',
      ['override', 'directive', 'persona', 'unasked', 'danger', 'reveal', 'comply', 'free', 'guard', 'mode', 'secret'],
    ],
    within: 16,
  },
  {
    score: 76,
    needs: ['roleLine', ['override', 'fresh', 'mode', 'free'], ['directive', 'guard', 'rule', 'you', 'model', 'mode']],
    within: 18,
  },
  {
    score: 68,
    needs: ['claim', 'authority', ['you', 'your', 'model', 'action', 'override', 'reveal', 'mode']],
    within: 12,
    ordered: true,
  },
  {
    score: 70,
    needs: ['guard', 'void', ['authority', 'roleLine', 'comply', 'mode', 'you', 'model', 'marker']],
    within: 14,
    firm: true,
  },
  { score: 70, needs: ['mode', ['guard', 'comply', 'prompt', 'free']], within: 10 },
  { score: 50, needs: ['mode', 'enter'], within: 6 },
  {
    score: 76,
    needs: [
      'mode',
      'enter',
      ['model', 'guard', 'free', 'reveal', 'directive', 'comply', 'claim', 'prompt', 'override', 'persona'],
    ],
    within: 14,
  },
  { score: 66, needs: ['mode', 'enter', ['you', 'your']], within: 3 },
  { score: 74, needs: ['ending', ['role', 'directive', 'fresh'], ['you', 'model', 'override', 'action']], within: 18 },
].map((rule) => ({ ...rule, category: 'system-impersonation' }) as Rule);

const concealment: readonly Rule[] = [
  {
    score: 70,
    needs: ['negation', ['tell', 'reveal'], 'people', ['anyone', 'directive', 'covert', 'trace']],
    within: 9,
    ordered: true,
  },
  { score: 66, needs: ['negation', 'tell', 'people'], within: 4, ordered: true },
  { score: 66, needs: [['tell', 'reveal'], 'people', 'nothing'], within: 6, ordered: true },
  { score: 66, needs: ['nothing', 'tell', 'people'], within: 6, ordered: true },
  { score: 66, needs: ['negation', ['tell', 'reveal'], ['directive', 'prompt']], within: 6, ordered: true },
  { score: 66, needs: ['forbid', 'learn', 'people'], within: 8 },
  { score: 66, needs: ['unseen'], within: 1, firm: true },
  { score: 64, needs: ['hush', 'anyone', ['you', 'your', 'forbid', 'action']], within: 10 },
  {
    score: 66,
    needs: ['hush', ['people', 'directive', 'model', 'send', 'danger', 'trace', 'prompt', 'tool']],
    within: 10,
  },
  {
    score: 66,
    needs: [
      'covert',
      ['send', 'call', 'tool', 'danger', 'reveal', 'override'],
      ['secret', 'data', 'sink', 'tool', 'danger', 'directive', 'people', 'model'],
    ],
    within: 10,
  },
  { score: 62, needs: ['negation', 'trace', ['call', 'send', 'danger', 'tool']], within: 8 },
  { score: 66, needs: ['overrideWeak', 'trace', ['covert', 'hush']], within: 8 },
  { score: 66, needs: ['comment', ['model', 'address'], ['action', 'override', 'send', 'reveal']], within: 14 },
].map((rule) => ({ ...rule, category: 'concealment' }) as Rule);

const jailbreakPersona: readonly Rule[] = [
  { score: 84, needs: ['freeStrong', ['you', 'persona', 'personaWeak', 'mode', 'free', 'model']], within: 30 },
  { score: 66, needs: ['persona'], within: 1, firm: false },
  { score: 84, needs: [['persona', 'personaWeak'], 'free'], within: 40 },
  { score: 66, needs: ['personaWeak', ['character', 'model', 'comply']], within: 18 },
  { score: 70, needs: ['claim', 'directive', 'void', 'comply'], within: 24 },
  {
    score: 70,
    needs: ['free', ['you', 'model'], ['comply', 'refuse', 'outlaw', 'guard', 'directive', 'rule']],
    within: 16,
  },
  { score: 66, needs: ['free', 'model'], within: 2, ordered: true },
  { score: 68, needs: [['persona', 'personaWeak', 'free'], 'outlaw'], within: 30 },
].map((rule) => ({ category: 'jailbreak-persona', firm: true, ...rule }) as Rule);

const refusalSuppression: readonly Rule[] = [
  { score: 66, needs: ['negation', 'refuse'], within: 4, ordered: true },
  { score: 62, needs: ['refuse', 'comply'], within: 6, ordered: true },
  { score: 66, needs: ['negation', 'refuse', ['you', 'model', 'comply', 'free']], within: 9 },
  { score: 62, needs: ['negation', ['send', 'tell'], ['refuse', 'refuseWeak']], within: 7, ordered: true },
  { score: 66, needs: ['comply', ['free', 'refuse', 'outlaw', 'guard']], within: 16 },
  { score: 64, needs: ['comply', 'refuseWeak', ['model', 'reply', 'tell']], within: 16 },
  { score: 62, needs: ['comply', 'negation', ['you', 'model'], ['directive', 'guard', 'refuse']], within: 14 },
].map((rule) => ({ ...rule, category: 'refusal-suppression' }) as Rule);

const toolAbuse: readonly Rule[] = [
  { score: 68, needs: ['call', ['tool', 'danger'], 'unasked'], within: 14 },
  { score: 66, needs: ['danger', ['unasked', 'covert', 'address', 'model']], within: 16 },
  { score: 66, needs: ['beforehand', ['call', 'send', 'reveal'], ['tool', 'data', 'secret', 'danger']], within: 14 },
  { score: 66, needs: ['urgent', 'call', 'tool', ['model', 'danger', 'sink', 'secret', 'data']], within: 14 },
  { score: 68, needs: ['send', ['tool', 'data', 'secret', 'danger'], 'unasked'], within: 14 },
  { score: 66, needs: ['beforehand', 'call', ['haul', 'tool', 'danger']], within: 14 },
  { score: 66, needs: ['unasked', 'action', ['authority', 'sink', 'danger']], within: 16 },
  { score: 62, needs: ['call', 'tool', 'danger'], within: 8, unless: 'negation' },
].map((rule) => ({ ...rule, category: 'tool-abuse' }) as Rule);

/** What a document, a result of a tool or an e-mail says to whoever has a model read it. */
const indirectInstruction: readonly Rule[] = [
  {
    score: 70,
    needs: ['address', ['override', 'send', 'reveal', 'call', 'action', 'danger']],
    within: 16,
    ordered: true,
  },
  { score: 64, needs: ['urgent', 'model', ['send', 'call', 'reveal', 'action', 'override']], within: 12 },
  { score: 64, needs: ['urgent', 'you', 'action', ['sink', 'danger']], within: 18 },
  { score: 64, needs: ['address', ['urgent', 'directive']], within: 8 },
  { score: 66, needs: ['address', 'unasked'], within: 24 },
  { score: 66, needs: ['addressed', 'urgent', ['send', 'call', 'reveal', 'action', 'override']], within: 16 },
  { score: 64, needs: ['addressed', ['override', 'unasked', 'danger', 'covert', 'sink']], within: 12 },
].map((rule) => ({ ...rule, category: 'indirect-instruction' }) as Rule);

const encodedPayload: readonly Rule[] = [
  { score: 66, needs: ['decode', 'encoding', ['follow', 'call', 'action', 'directive']], within: 14 },
].map((rule) => ({ ...rule, category: 'encoded-payload' }) as Rule);

/** What is looked for, in every language alike. */
export const ruleList: readonly Rule[] = [
  ...instructionOverride,
  ...exfiltration,
  ...systemImpersonation,
  ...concealment,
  ...jailbreakPersona,
  ...refusalSuppression,
  ...toolAbuse,
  ...indirectInstruction,
  ...encodedPayload,
];
