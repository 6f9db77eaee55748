import assert from 'node:assert/strict';
import { bytesOf, GatewayError, type Incoming, type Wanted, type Written } from '@tapgate/core';
import { seeded } from '../../seeded.ts';
import type { Rule } from '../rule.ts';
import { commonEnd, commonStart, lostFrom, unknownMember, withUnknownMembers } from './json-text.ts';
import { bytesOfSample, incomingOf, type RequestSample } from './samples.ts';
import type { PreparedDialect } from './subject.ts';

const otherModel = 'kit/another-model:v2';

const needsRequests = ({ requests }: PreparedDialect): string | undefined =>
  requests.length === 0 ? 'There is no sample of a request.' : undefined;

/** A rule that holds for every sample of a request. */
function each(name: string, check: (subject: PreparedDialect, sample: RequestSample) => void): Rule<PreparedDialect> {
  return {
    name,
    skip: needsRequests,
    check: (subject) => {
      for (const sample of subject.without(name, subject.requests)) check(subject, sample);
    },
  };
}

export const requestRules: readonly Rule<PreparedDialect>[] = [
  each('peek tells the model and the streaming that the request asks for', ({ dialect }, sample) => {
    const { model, streamed } = dialect.peek(incomingOf(dialect, sample));
    assert.deepEqual({ model, streamed }, { model: sample.model, streamed: sample.streamed }, sample.name);
  }),
  {
    name: 'what is no request is refused with an error of the gateway, and never with another',
    skip: needsRequests,
    check: checkRefusals,
  },
  each('a native request is what the client sent, but for the model', (subject, sample) =>
    assertNative(subject, sample, bytesOfSample(sample)),
  ),
  each('a native request keeps what the dialect does not know, at every level', (subject, sample) => {
    const text = Buffer.from(bytesOfSample(sample)).toString('utf8');
    const body = Buffer.from(withUnknownMembers(text, 'everywhere'));
    const { body: sent } = nativeOf(subject, sample, body)(otherModel);
    const kept = countOf(bytesOf(sent), unknownMember);
    assert.equal(kept, countOf(body, unknownMember), `${sample.name}: fields are gone, or not as they were written`);
  }),
  each('a request that is read and written again has lost nothing that the dialect knows', (subject, sample) => {
    const { before, after, written } = rewritten(subject, sample, bytesOfSample(sample));
    assert.equal(lostFrom(before, after), undefined, sample.name);
    assert.deepEqual(written.losses, [], sample.name);
  }),
  each('a field without a canonical word rides along to its own dialect', (subject, sample) => {
    const text = Buffer.from(bytesOfSample(sample)).toString('utf8');
    const { written } = rewritten(subject, sample, Buffer.from(withUnknownMembers(text, 'outermost')));
    const [name, value] = Object.entries(JSON.parse(`{${unknownMember}}`) as object)[0] ?? [''];
    const after = JSON.parse(textOf(written)) as Record<string, unknown>;
    assert.deepEqual(after[name], value, `${sample.name}: ${name}`);
    assert.match(textOf(written), /12345678901234567890/, `${sample.name}: a number has lost digits`);
  }),
];

function wantedOf({ able }: PreparedDialect, incoming: Incoming, sample: RequestSample, model: string): Wanted {
  const { operation, headers, query, path } = incoming;
  return { operation, headers, query, path, model, streamed: sample.streamed, able };
}

const textOf = ({ body }: Written): string => Buffer.from(bytesOf(body)).toString('utf8');
const countOf = (bytes: Uint8Array, text: string): number => Buffer.from(bytes).toString('utf8').split(text).length - 1;

function rewritten(
  subject: PreparedDialect,
  sample: RequestSample,
  body: Uint8Array,
): { before: unknown; after: unknown; written: Written } {
  const { dialect, equivalent } = subject;
  const incoming = incomingOf(dialect, sample, body);
  const wanted = wantedOf(subject, incoming, sample, sample.model);
  const written = dialect.writeRequest(dialect.readRequest(incoming), wanted);
  const before: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
  return { before: equivalent(before), after: equivalent(JSON.parse(textOf(written))), written };
}

/** Asks for a model on the native lane. */
function nativeOf(subject: PreparedDialect, sample: RequestSample, body: Uint8Array): (model: string) => Written {
  const { dialect } = subject;
  const incoming = incomingOf(dialect, sample, body);
  const { framing } = dialect.peek(incoming);
  return (model) =>
    dialect.nativeRequest(incoming, {
      ...wantedOf(subject, incoming, sample, model),
      ...(framing === undefined ? {} : { framing }),
    });
}

/** Asks for the same model and for another, and holds what comes against the client's bytes. */
function assertNative(subject: PreparedDialect, sample: RequestSample, body: Uint8Array): void {
  const native = nativeOf(subject, sample, body);
  const other = native(otherModel);
  const [sameBytes, otherBytes] = [bytesOf(native(sample.model).body), bytesOf(other.body)];
  assertInserted(body, sameBytes, subject.adds, sample.name);
  const start = commonStart(sameBytes, otherBytes);
  const end = commonEnd(sameBytes, otherBytes, start);
  const changed = Buffer.from(sameBytes.subarray(start, sameBytes.byteLength - end)).toString('utf8');
  const within = JSON.stringify(sample.model).includes(changed);
  assert.ok(within, `${sample.name}: more than the model has changed: ${changed}`);
  const inBody = parsed(body)['model'] === sample.model;
  if (inBody) assert.equal(parsed(otherBytes)['model'], otherModel, sample.name);
  else assert.ok(decodeURIComponent(other.path).includes(otherModel), `${sample.name}: ${other.path} names no model`);
}

const parsed = (bytes: Uint8Array): Record<string, unknown> =>
  JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>;

/** The result is the original, with at most one stretch put in, which says only what may be added. */
function assertInserted(original: Uint8Array, result: Uint8Array, adds: readonly string[], name: string): void {
  const start = commonStart(original, result);
  const kept = start + commonEnd(original, result, start);
  const near = Buffer.from(original.subarray(Math.max(0, start - 20), start + 20)).toString('utf8');
  assert.equal(kept, original.byteLength, `${name}: bytes of the client are gone near ${near}`);
  if (result.byteLength === original.byteLength) return;
  const beside = (bytes: Uint8Array): unknown =>
    Object.fromEntries(Object.entries(parsed(bytes)).filter(([member]) => !adds.includes(member)));
  assert.deepEqual(beside(result), beside(original), name);
  assert.ok(adds.length > 0, `${name}: something was put in near ${near}`);
}

/** Bodies that are no request, and requests with a stretch of random bytes in them. */
function checkRefusals({ dialect, requests, able }: PreparedDialect): void {
  const random = seeded(7);
  const odd = ['', ' ', 'null', '[]', '{}', '"text"', '1', '{"model":1}', '{', '\u0000', '<html></html>'];
  for (const sample of requests.slice(0, 20)) {
    const bytes = bytesOfSample(sample);
    const broken = Array.from({ length: 20 }, () => {
      const at = random.integer(bytes.byteLength);
      const rest = bytes.subarray(at + random.integer(8));
      return Buffer.concat([bytes.subarray(0, at), random.bytes(random.integer(8)), rest]);
    });
    for (const body of [...odd.map((text) => Buffer.from(text)), ...broken]) {
      const incoming = incomingOf(dialect, sample, body);
      const { operation, headers, query, path } = incoming;
      const wanted = { operation, headers, query, path, model: otherModel, streamed: sample.streamed, able };
      const shown = `${sample.name} with the body ${body.toString('latin1').slice(0, 80)}`;
      assertGatewayError(() => dialect.peek(incoming), shown);
      assertGatewayError(() => dialect.writeRequest(dialect.readRequest(incoming), wanted), shown);
      assertGatewayError(() => dialect.nativeRequest(incoming, wanted), shown);
    }
  }
}

function assertGatewayError(act: () => unknown, shown: string): void {
  try {
    act();
  } catch (error) {
    assert.ok(GatewayError.is(error), `${shown} threw ${String(error)}`);
  }
}
