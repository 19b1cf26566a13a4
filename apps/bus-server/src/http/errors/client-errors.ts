import type { Socket } from 'node:net';
import { type CodeOf, OperationError, toProblem } from '@charterbus/core-models';
import { problemMediaType } from '../schemas/problem.js';

const codes: Readonly<Record<string, CodeOf<'operation'>>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
};

const words: Readonly<Partial<Record<CodeOf<'operation'>, string>>> = {
  HEADERS_TOO_LARGE: 'The request line and the headers are too large.',
  REQUEST_TIMEOUT: 'The request did not arrive in time.',
};

const phrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** Answers, on the bare connection, what is not HTTP enough to become a request; then ends it. */
export const answerClientError = (error: { readonly code?: string }, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = codes[error.code ?? ''] ?? 'REQUEST_INVALID';
  const problem = toProblem(new OperationError(code, words[code] ?? 'This is not a request of HTTP/1.1.'));
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${phrases[problem.status] ?? 'Bad Request'}`,
    `Content-Type: ${problemMediaType}; charset=utf-8`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
};
