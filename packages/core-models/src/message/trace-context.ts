/** Where something stands in a trace, as W3C Trace Context (level 2) has it. */
export interface TraceContext {
  /** 32 lower-case hex digits, not all of them zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all of them zero. */
  readonly spanId: string;
  /** One byte; its lowest bit says that the caller records. */
  readonly traceFlags: number;
}

const pattern = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const zeros = /^0+$/;
/** Longer ones come from versions that nobody has written yet, or from somebody who tries. */
const longest = 512;

/** What a `traceparent` says; nothing of what is none, as the specification wants it. */
export const parseTraceparent = (text: string): TraceContext | undefined => {
  if (text.length > longest) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', rest] = pattern.exec(text) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (zeros.test(traceId) || zeros.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
};

/** Of version 00. */
export const formatTraceparent = ({ traceId, spanId, traceFlags }: TraceContext): string =>
  `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`;
