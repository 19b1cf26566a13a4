import { createReadStream } from 'node:fs';
import { StoreError } from '@charterbus/core-models';
import type { UsageRecord } from '../../usage/usage-record.js';

const format = 'charterbus-usage-1';
const newline = 0x0a;

/** How far each source is written. */
export type Cursors = Map<string, number>;

/** The first line of each file: whoever opens it needs no other to know how far its sources are. */
export const headerLine = (cursors: Cursors): string =>
  `${JSON.stringify({ format, cursors: Object.fromEntries(cursors) })}\n`;

/** One record to a line, so that a line is whole or is not. */
export const recordLine = (source: string, record: UsageRecord): string => `${JSON.stringify({ source, ...record })}\n`;

const corrupt = (file: string, line: number): StoreError =>
  new StoreError('STORE_CORRUPT', `Line ${line} of ${file} is not one of usage.`);

const isCursor = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    // What is wrong with it is for the caller to say, with its place.
    return undefined;
  }
};

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** @returns whether the line says how far its source is. */
const noteRecord = (line: string, cursors: Cursors): boolean => {
  const { index, source } = fieldsOf(parsed(line));
  if (typeof source !== 'string' || !isCursor(index)) return false;
  cursors.set(source, index + 1);
  return true;
};

const noteHeader = (line: string, cursors: Cursors): boolean => {
  const header = fieldsOf(parsed(line));
  if (header['format'] !== format) return false;
  for (const [source, cursor] of Object.entries(fieldsOf(header['cursors']))) {
    if (!isCursor(cursor)) return false;
    cursors.set(source, cursor);
  }
  return true;
};

/** What a file holds: how far its sources are, and the bytes of its whole lines. */
export interface FileContent {
  readonly cursors: Cursors;
  readonly bytes: number;
}

/** @throws StoreError `STORE_CORRUPT` for a whole line that is none of usage. */
export const readLines = async (file: string): Promise<FileContent> => {
  const cursors: Cursors = new Map();
  let bytes = 0;
  let line = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let begin = 0;
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline, begin)) {
      line += 1;
      const text = rest.toString('utf8', begin, end);
      if (!(line === 1 ? noteHeader(text, cursors) : noteRecord(text, cursors))) throw corrupt(file, line);
      begin = end + 1;
    }
    bytes += begin;
    rest = rest.subarray(begin);
  }
  return { cursors, bytes };
};
