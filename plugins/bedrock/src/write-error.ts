import { type ErrorKind, type GatewayError, writeJson } from '@tapgate/core';
import { writeFrame } from './frames/frame.ts';

/** The API's word for each kind of error; its status where the gateway's own is another. */
const words: Readonly<Record<ErrorKind, readonly [type: string, status?: number]>> = {
  'invalid-request': ['ValidationException'],
  unsupported: ['ValidationException'],
  authentication: ['UnrecognizedClientException', 403],
  permission: ['AccessDeniedException'],
  billing: ['AccessDeniedException', 403],
  'not-found': ['ResourceNotFoundException'],
  conflict: ['ConflictException'],
  'too-large': ['ValidationException'],
  'context-length': ['ValidationException'],
  'content-policy': ['ValidationException'],
  'rate-limit': ['ThrottlingException', 429],
  quota: ['ServiceQuotaExceededException', 400],
  overloaded: ['ServiceUnavailableException', 503],
  timeout: ['ModelTimeoutException', 408],
  truncated: ['ModelStreamErrorException', 424],
  server: ['InternalServerException', 500],
  'client-left': ['InternalServerException', 500],
};

/** Exceptions that a stream may bring; any other kind is the server's fault. */
const streamed: ReadonlySet<string> = new Set([
  'ModelStreamErrorException',
  'ServiceUnavailableException',
  'ThrottlingException',
  'ValidationException',
]);

/** An error answer. Clients read the type from the body where no header has it. */
export function writeError(error: GatewayError): {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
} {
  const [type, status = error.status] = words[error.kind];
  return { status, contentType: 'application/json', body: writeJson({ __type: type, message: error.message }) };
}

/** The message that tells a client that its stream broke off. */
export function errorFrame(error: GatewayError): Uint8Array {
  const [word] = words[error.kind];
  const type = streamed.has(word) ? word : 'InternalServerException';
  return writeFrame({
    headers: {
      ':exception-type': `${type[0]?.toLowerCase()}${type.slice(1)}`,
      ':content-type': 'application/json',
      ':message-type': 'exception',
    },
    payload: Buffer.from(writeJson({ message: error.message })),
  });
}
