import assert from 'node:assert/strict';
import test from 'node:test';
import {
  coreErrors,
  seen,
  textBody,
  textOf,
  type ChatEvent,
  type Dialect,
  type ReplyReader,
  type ReplyWriter,
} from '@tapgate/core';
import { eachRuleBroken } from '../../../subjects/broken-rules.ts';
import { toySubject } from '../../../subjects/toy-samples.ts';
import { unknownMember, withUnknownMembers } from './json-text.ts';
import { dialectContract, dialectRules } from './dialect-contract.ts';
import { prepareDialect, type PreparedDialect } from './subject.ts';

const broken = (change: (good: Dialect) => Partial<Dialect>) => (): PreparedDialect =>
  prepareDialect(toySubject(change));

/** A dialect whose readers are changed. */
const readsBadly = (change: (inner: ReplyReader, streamed: boolean) => ReplyReader): (() => PreparedDialect) =>
  broken((good) => ({ reader: (of) => change(good.reader(of), of.streamed) }));

/** A dialect whose writers are changed. */
const writesBadly = (
  change: (inner: ReplyWriter, streamed: boolean) => Partial<ReplyWriter>,
): (() => PreparedDialect) =>
  broken((good) => ({
    writer: (context) => {
      const inner = good.writer(context);
      const { contentType } = inner;
      return {
        contentType,
        push: (event) => inner.push(event),
        end: () => inner.end(),
        fail: (error) => inner.fail(error),
        ...change(inner, context.streamed),
      };
    },
  }));

const eachEvent = (inner: ReplyReader, change: (event: ChatEvent) => readonly ChatEvent[]): ReplyReader => ({
  push: (chunk) => inner.push(chunk).flatMap(change),
  end: () => inner.end().flatMap(change),
});

eachRuleBroken('the contract of a dialect', dialectRules, () => prepareDialect(toySubject()), {
  'peek tells the model and the streaming that the request asks for': broken((good) => ({
    peek: (incoming) => ({ ...good.peek(incoming), streamed: false }),
  })),
  'what is no request is refused with an error of the gateway, and never with another': broken((good) => ({
    readRequest: (incoming) => {
      if (textOf(incoming.body) === '[]') throw new TypeError('Cannot read properties of undefined');
      return good.readRequest(incoming);
    },
  })),
  'a native request is what the client sent, but for the model': broken((good) => ({
    nativeRequest: (incoming, wanted) => {
      const native = good.nativeRequest(incoming, wanted);
      return { ...native, body: textBody(textOf(native.body).replaceAll('\n', '')) };
    },
  })),
  'a native request keeps what the dialect does not know, at every level': broken((good) => ({
    nativeRequest: (incoming, wanted) => {
      const native = good.nativeRequest(incoming, wanted);
      return { ...native, body: textBody(textOf(native.body).replace(`{${unknownMember},`, '{')) };
    },
  })),
  'a request that is read and written again has lost nothing that the dialect knows': broken((good) => ({
    readRequest: (incoming) => ({ ...good.readRequest(incoming), sampling: {} }),
  })),
  'a field without a canonical word rides along to its own dialect': broken((good) => ({
    readRequest: (incoming) => ({ ...good.readRequest(incoming), ext: {} }),
  })),
  'an answer is read alike however it is cut into chunks': readsBadly((inner) => ({
    push: (chunk) => inner.push(Buffer.from(new TextDecoder().decode(chunk))),
    end: () => inner.end(),
  })),
  'an answer that is whole is read to its end, and one that is not is an error': readsBadly((inner) => {
    let finished = false;
    return {
      push: (chunk) => {
        const events = inner.push(chunk);
        finished ||= events.some(({ type }) => type === 'finish');
        return events;
      },
      end: () => [...inner.end(), ...(finished ? [{ type: 'error', error: coreErrors.INTERNAL() } as const] : [])],
    };
  }),
  'the parts of an answer begin, go on and end in order': readsBadly((inner) =>
    eachEvent(inner, (event) => (event.type === 'part-end' ? [] : [event])),
  ),
  'a stream that breaks off before its end is truncated, wherever it breaks': readsBadly((inner, streamed) => ({
    push: (chunk) => inner.push(chunk),
    end: () => (streamed ? [] : inner.end()),
  })),
  'a document that breaks off is an error and no answer': readsBadly((inner, streamed) => ({
    push: (chunk) => inner.push(chunk),
    end: () => inner.end().filter(({ type }) => streamed || type !== 'error'),
  })),
  'the observer sees the usage, the model and the end that the reader reads': broken((good) => ({
    observer: (of) => {
      const observer = good.observer(of);
      return Object.defineProperty(observer, 'model', { get: () => 'another', set: () => {} });
    },
  })),
  'the observer commits a stream at the first event that shows something of the answer': broken((good) => ({
    observer: (of) => {
      const observer = good.observer(of);
      const event = observer.event.bind(observer);
      return Object.assign(observer, { event: (bytes: Uint8Array) => event(bytes) | 1 });
    },
  })),
  'the observer tells an event that is cut, on which a client would throw, and no other': broken((good) => ({
    observer: (of) => {
      const observer = good.observer(of);
      const event = observer.event.bind(observer);
      return Object.assign(observer, { event: (bytes: Uint8Array) => event(bytes) & ~seen.broken });
    },
  })),
  'what the observer says of a failure goes on from what the client has seen': broken((good) => ({
    observer: (of) => Object.assign(good.observer(of), { fail: () => Buffer.from('data: {"end":"stop"}\n\n') }),
  })),
  'an answer that is written reads as what it was, streamed and whole': writesBadly((inner) => ({
    push: (event) =>
      inner.push(event.type === 'part-delta' ? { ...event, text: event.text.replace('ü', 'ue') } : event),
  })),
  'an answer that is written is valid in its dialect, streamed and whole': writesBadly((inner, streamed) => ({
    end: () => (streamed ? `data: {"surprise":1}\n\n${String(inner.end())}` : inner.end()),
  })),
  'a whole answer is written in one piece at its end': writesBadly((inner, streamed) => ({
    push: (event) => (streamed ? inner.push(event) : (inner.push(event) ?? ' ')),
  })),
  'a stream that fails tells its client so, before content and after it, and does not end well': writesBadly(() => ({
    fail: () => '',
  })),
  'nothing follows an error, and nothing but what was said comes before it': readsBadly((inner) => ({
    push: (chunk) =>
      inner.push(chunk).flatMap((event): ChatEvent[] => (event.type === 'error' ? [event, { type: 'ping' }] : [event])),
    end: () => inner.end(),
  })),
  'an error of every kind is written in the shape of the dialect, and says what was wrong': broken((good) => ({
    writeError: (error, id) => ({ ...good.writeError(error, id), contentType: 'text/plain' }),
  })),
  'an error that was written is read with its sentence, and as one that may be tried again or not': broken((good) => ({
    readError: (status, headers, body) => ({ ...good.readError(status, headers, body), kind: 'server' }),
  })),
  'an error answer is read whatever it is: a page, nothing, a list, bytes': broken((good) => ({
    readError: (status, headers, body) => {
      if (body.byteLength === 0) throw new SyntaxError('Unexpected end of JSON input');
      return good.readError(status, headers, body);
    },
  })),
  'a reader takes whatever comes and never throws': readsBadly((inner) => ({
    push: (chunk) => {
      if (Buffer.from(chunk).includes('null')) throw new TypeError('Cannot read properties of null');
      return inner.push(chunk);
    },
    end: () => inner.end(),
  })),
  'an observer takes whatever comes and never throws': broken((good) => ({
    observer: (of) => {
      const observer = good.observer(of);
      const event = observer.event.bind(observer);
      return Object.assign(observer, {
        event: (bytes: Uint8Array) => {
          if (Buffer.from(bytes).includes('null')) throw new TypeError('Cannot read properties of null');
          return event(bytes);
        },
      });
    },
  })),
});

test('the contract makes a test of each rule, named after the dialect', async () => {
  const bodies: Promise<void>[] = [];
  const names: string[] = [];
  dialectContract((name, body) => {
    names.push(name);
    bodies.push(body({}));
  }, toySubject());
  await Promise.all(bodies);
  assert.deepEqual(
    names,
    dialectRules.map(({ name }) => `toy: ${name}`),
  );
});

test('a rule that there is nothing to try on is skipped, and says why', async () => {
  const skipped: (string | undefined)[] = [];
  const done: Promise<void>[] = [];
  const { requests: _requests, answers: _answers, ...rest } = toySubject();
  dialectContract((_name, body) => {
    done.push(body({ skip: (reason) => skipped.push(reason) }));
  }, rest);
  await Promise.all(done);
  assert.equal(skipped.length, 20);
  assert.ok(skipped.includes('There is no sample of a request.'));
});

test('a sample is left out of a rule that excepts it, and an exception names a rule that there is', () => {
  const name = 'a native request is what the client sent, but for the model';
  const change = (good: Dialect): Partial<Dialect> => ({
    nativeRequest: (incoming, wanted) => {
      const native = good.nativeRequest(incoming, wanted);
      return { ...native, body: textBody(textOf(native.body).replaceAll('\n', '')) };
    },
  });
  const rule = dialectRules.find((one) => one.name === name);
  const except = { [name]: { 'a stream': 'It has a line feed that the toy takes away.' } };
  assert.throws(() => void rule?.check(prepareDialect(toySubject(change))));
  void rule?.check(prepareDialect({ ...toySubject(change), except }));
  assert.throws(() => dialectContract(() => {}, { ...toySubject(), except: { 'no such rule': {} } }), /no such rule/);
});

test('what may be added is said, and nothing else may', () => {
  const adds =
    (text: string): Parameters<typeof toySubject>[0] =>
    (good) => ({
      nativeRequest: (incoming, wanted) => {
        const native = good.nativeRequest(incoming, wanted);
        return { ...native, body: textBody(textOf(native.body).trimEnd().slice(0, -1) + `,${text}}`) };
      },
    });
  const rule = dialectRules.find((one) => one.name.startsWith('a native request is what'));
  const check = (text: string, allowed: readonly string[]) => (): void => {
    const subject = toySubject(adds(text));
    const requests = (subject.requests ?? []).filter((sample) => sample.name === 'a document');
    void rule?.check(prepareDialect({ ...subject, requests, adds: allowed }));
  };
  check('"want_usage":true', ['want_usage'])();
  assert.throws(check('"want_usage":true', []));
  assert.throws(check('"other":true', ['want_usage']));
});

test('unknown members go into every object and into no text', () => {
  const text = '{"a":"{\\"b\\":{}}","c":{},"d":[{ }]}';
  assert.equal(
    withUnknownMembers(text, 'everywhere'),
    `{${unknownMember},"a":"{\\"b\\":{}}","c":{${unknownMember}},"d":[{${unknownMember} }]}`,
  );
  assert.equal(withUnknownMembers('{"a":{}}', 'outermost'), `{${unknownMember},"a":{}}`);
});
