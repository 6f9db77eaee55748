import assert from 'node:assert/strict';
import { GatewayError, type ErrorKind, type UpstreamError } from '@tapgate/core';
import type { Rule } from '../rule.ts';
import type { PreparedDialect } from './subject.ts';

const statusOf: Readonly<Record<ErrorKind, number>> = {
  'invalid-request': 400,
  unsupported: 400,
  authentication: 401,
  permission: 403,
  billing: 402,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  'context-length': 400,
  'content-policy': 400,
  'rate-limit': 429,
  quota: 429,
  overloaded: 503,
  timeout: 504,
  truncated: 502,
  server: 500,
  'client-left': 499,
};

/** Every kind there is. */
export const errorKinds: readonly ErrorKind[] = Object.keys(statusOf) as ErrorKind[];

const message = 'This is "what" was wrong: line 1.';

export const errorRules: readonly Rule<PreparedDialect>[] = [
  {
    name: 'an error of every kind is written in the shape of the dialect, and says what was wrong',
    check: ({ dialect, validate }) => {
      for (const kind of errorKinds) {
        const error = new GatewayError('KIT_ERROR', statusOf[kind], message, { kind, param: 'messages[0]' });
        const { status, body, contentType } = dialect.writeError(error, 'request-1');
        assert.deepEqual(validate.error(status, body), [], `${kind}: ${status} ${body}`);
        assert.ok(body.includes(JSON.stringify(message)), `${kind}: the sentence is not in ${body}`);
        assert.match(contentType, /json/, kind);
      }
    },
  },
  {
    name: 'an error that was written is read with its sentence, and as one that may be tried again or not',
    check: ({ dialect }) => {
      for (const kind of ['invalid-request', 'authentication', 'rate-limit', 'server'] as const) {
        const written = dialect.writeError(
          new GatewayError('KIT_ERROR', statusOf[kind], message, { kind }),
          'request-1',
        );
        const read = dialect.readError(written.status, new Map(), Buffer.from(written.body));
        assert.equal(read.message, message, kind);
        assert.equal(read.kind, kind);
      }
    },
  },
  {
    name: 'an error answer is read whatever it is: a page, nothing, a list, bytes',
    check: ({ dialect, errors }) => {
      for (const { name, status, headers = {}, body } of [...errors, ...oddErrors()]) {
        const read = dialect.readError(status, new Map(Object.entries(headers)), body);
        assert.deepEqual(faultsOf(read, status), [], `${name} of status ${status}: ${JSON.stringify(read)}`);
      }
    },
  },
];

function faultsOf(error: UpstreamError, status: number): readonly string[] {
  const { kind, message: said, code, type, param, retryAfterMs } = error;
  const texts = { code, type, param };
  return [
    ...(errorKinds.includes(kind) ? [] : ['kind']),
    ...(error.status === status ? [] : ['status']),
    ...(typeof said === 'string' && said.trim() !== '' && said.length <= 2000 ? [] : ['message']),
    ...Object.entries(texts).flatMap(([name, value]) =>
      value === undefined || typeof value === 'string' ? [] : [name],
    ),
    ...(retryAfterMs === undefined || (Number.isFinite(retryAfterMs) && retryAfterMs >= 0) ? [] : ['retryAfterMs']),
  ];
}

const oddBodies: readonly string[] = [
  '',
  ' \n',
  '<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>',
  'upstream connect error',
  'null',
  'true',
  '42',
  '"text"',
  '[]',
  '[{"error":{"code":503,"message":"in a list","status":"UNAVAILABLE"}}]',
  '[[[[]]]]',
  '{}',
  '{"error":null}',
  '{"error":"text"}',
  '{"error":[]}',
  '{"error":{}}',
  '{"error":{"message":null,"code":429,"type":[],"param":{}}}',
  '{"error":{"message":{"nested":"text"},"code":{}}}',
  '{"message":["one","two"]}',
  '{"detail":[{"loc":["body"],"msg":"field required","type":"value_error"}]}',
  '{"__proto__":{"polluted":true},"error":{"__proto__":{"polluted":true}}}',
  '{"error":{"message":"cut',
  `{"error":{"message":"${'x'.repeat(100_000)}"}}`,
  '\u0000\uFFFD',
];

function oddErrors(): readonly { name: string; status: number; headers?: Record<string, string>; body: Uint8Array }[] {
  const bodies = [...oddBodies.map((text) => Buffer.from(text)), Buffer.from([0xff, 0xfe, 0x00, 0x80])];
  const waits = ['0', '3', '-1', 'soon', '1e400', 'Wed, 21 Oct 2015 07:28:00 GMT'];
  return [400, 401, 403, 404, 413, 422, 429, 500, 502, 503, 504, 529, 599].flatMap((status) =>
    bodies.map((body, at) => ({
      name: `odd error ${at}`,
      status,
      headers: { 'content-type': 'text/html', 'retry-after': waits[at % waits.length] ?? '0' },
      body,
    })),
  );
}
