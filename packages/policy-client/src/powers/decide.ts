import { type MessageType, messageTypes } from '@charterbus/core-models';
import type { EngineAnswer, EngineRequest } from '../engine/policy-engine.js';
import { type PowerForbid, permitOf } from './power-rules.js';
import { type Act, actOfType, actsOfPower, type PowersManifest, powerOf } from './powers.js';

const types: ReadonlySet<string> = new Set(messageTypes);
const isType = (type: string): type is MessageType => types.has(type);

const crosses = ({ sender, recipient, tenant }: EngineRequest): boolean =>
  sender.tenant !== tenant || (recipient !== undefined && recipient.tenant !== tenant);

/** What is wrong with a validation: whose work it is about is told by what the bus has committed. */
const wrongValidation = ({ context }: EngineRequest, declaration: PowersManifest): PowerForbid | undefined => {
  const { answersOwn, answeredType, answeredRole } = context;
  if (answersOwn === undefined || answeredType === undefined) return 'powers.unknown-output';
  if (answersOwn) return 'powers.self-validation';
  return powerOf(declaration, answeredRole) === 'judicial' ? 'powers.cross-role-validation' : undefined;
};

const wrongAct = (act: Act, request: EngineRequest, declaration: PowersManifest): PowerForbid | undefined => {
  const power = powerOf(declaration, request.sender.role);
  if (power === undefined) return act === 'query' ? undefined : 'powers.role-not-assigned';
  if (!actsOfPower[power].includes(act)) return 'powers.role-violation';
  return act === 'validate' ? wrongValidation(request, declaration) : undefined;
};

const deny = (rule: PowerForbid): EngineAnswer => ({ decision: 'deny', policies: [rule], errors: [] });
const allow = (rule: string): EngineAnswer => ({ decision: 'allow', policies: [rule], errors: [] });

/** Exactly one rule decides. A type that nobody knows is an error, which denies. */
export const decide = (request: EngineRequest, declaration: PowersManifest): EngineAnswer => {
  if (crosses(request)) return deny('powers.tenant-boundary');
  if (request.point === 'receive') return allow(permitOf('receive'));
  const { messageType } = request.context;
  if (!isType(messageType)) throw new TypeError('There is no such message type.');
  const act = declaration.acts[messageType] ?? actOfType[messageType];
  const wrong = wrongAct(act, request, declaration);
  return wrong === undefined ? allow(permitOf(act)) : deny(wrong);
};
