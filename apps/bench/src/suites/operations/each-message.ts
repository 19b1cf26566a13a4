import { type MessageCost, meteringOfMessages, telemetryOfMessages } from '@charterbus/bus/testing';
import {
  type Constitution,
  defaultConstitutionDirectory,
  loadConstitution,
  readConstitutionDirectory,
} from '@charterbus/policy-client';
import { synchronous } from '../../measure/batch.js';
import type { OpenRow, Row } from '../../suite.js';
import { insist } from '../insist.js';

const opened = ({ message, counted }: MessageCost, close: () => Promise<void>): OpenRow => {
  message(0);
  insist(counted() === 1, 'The message was not counted.');
  return { batch: synchronous(message), close };
};

const among = 'by itself, without the rest of a message’s way: a bus cannot be told to do without it';

export const meteringAlone = (name: string, senders: number): Row => ({
  name,
  kind: 'ours',
  profile: `counting an admission and its acknowledgement in memory, ${among}; without the reading, ten times a second; ${senders} pairs of senders and recipients in turn`,
  open: async () => opened(meteringOfMessages(senders), () => Promise.resolve()),
});

const defaultConstitution = async (): Promise<Constitution> =>
  loadConstitution(await readConstitutionDirectory(defaultConstitutionDirectory));

export const telemetryAlone = (name: string): Row => ({
  name,
  kind: 'ours',
  profile: `all calls of telemetry from the draft to the acknowledgement of a handler, no SDK, ${among}`,
  open: async () => {
    const constitution = await defaultConstitution();
    const telemetry = telemetryOfMessages(constitution);
    return opened(telemetry, async () => {
      telemetry[Symbol.dispose]();
      await constitution.close();
    });
  },
});
