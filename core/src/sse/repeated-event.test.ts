import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { RepeatedEvent, type ChangingMembers } from './repeated-event.ts';

const texts = ['content', 'text'];
const say = (content: string, more: object = {}): string =>
  JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content } }], ...more });

function learnt(data: string, text: string, changing: Partial<ChangingMembers> = {}): RepeatedEvent {
  const repeated = new RepeatedEvent({ texts, ...changing });
  repeated.learn(data, text);
  return repeated;
}

test('an event that differs in its text alone gives its text', () => {
  const repeated = learnt(say('a'), 'a');
  for (const text of ['b', '', 'é', '"', '\\', '\\"', 'a\nb', '\u2028', '{"content":"x"}', '"}}],"id":"d'])
    assert.equal(repeated.again(say(text)), text, text);
});

test('an event that says anything else is not the same', () => {
  const repeated = learnt(say('a'), 'a');
  for (const data of [
    say('a', { usage: null }),
    say('a').replace('"index":0', '"index":1'),
    say('a').replace('"index":0', '"index": 0'),
    say('a').slice(0, -1),
    `${say('a')} `,
    say('a').replace('"a"', '"a","content":"b"'),
    say('a').replace('"a"', 'null'),
    say('a').replace('"a"', '"a\\"'),
    say('a').replace('"a"', String.raw`"\x"`),
    '',
  ])
    assert.equal(repeated.again(data), undefined, data);
});

test('the text is found wherever it stands, and not where another member has it, too', () => {
  assert.equal(learnt('{"content":"","text":"a"}', 'a').again('{"content":"","text":"b"}'), 'b');
  assert.equal(learnt('{"content":"a","text":"a"}', 'a').again('{"content":"a","text":"b"}'), undefined);
  assert.equal(learnt('{"model":"a","text":"a"}', 'a').again('{"model":"a","text":"b"}'), 'b');
  assert.equal(learnt('{"model":"a"}', 'a').again('{"model":"b"}'), undefined);
  assert.equal(learnt(String.raw`{"\u0074ext":"\u0061"}`, 'a').again(String.raw`{"\u0074ext":"b"}`), 'b');
  assert.equal(learnt('["text","a",{"text":"a"}]', 'a').again('["text","b",{"text":"a"}]'), undefined);
  const inside = (text: string): string => JSON.stringify({ said: '"text":"a"', text });
  assert.equal(learnt(inside('a'), 'a').again(inside('b')), 'b');
});

test('padding and running numbers at the top say nothing', () => {
  const changing = { unheard: ['n', 'pad'] };
  const repeated = learnt('{"n":1,"text":"a","pad":"xx"}', 'a', changing);
  assert.equal(repeated.again('{"n":234,"text":"b","pad":"x\\"\\\\"}'), 'b');
  assert.equal(repeated.again('{"n":,"text":"b","pad":""}'), undefined);
  assert.equal(repeated.again('{"n":2.5,"text":"b","pad":""}'), undefined);
  const deep = learnt('{"text":"a","in":{"pad":"xx"}}', 'a', changing);
  assert.equal(deep.again('{"text":"a","in":{"pad":"yy"}}'), undefined);
  const other = learnt('{"text":"a","pad":{"x":1},"n":1.5}', 'a', changing);
  assert.equal(other.again('{"text":"b","pad":{"x":2},"n":1.5}'), undefined);
  assert.equal(other.again('{"text":"b","pad":{"x":1},"n":1.5}'), 'b');
});

test('what is read apart is given as it stands', () => {
  const changing = { apart: 'usage' };
  const repeated = learnt('{"text":"a","usage":{"n":1,"text":"a"},"id":"x"}', 'a', changing);
  assert.equal(repeated.apart, '{"n":1,"text":"a"}');
  assert.equal(repeated.again('{"text":"b","usage":{"n":2},"id":"x"}'), 'b');
  assert.equal(repeated.apart, '{"n":2}');
  assert.equal(repeated.again('{"text":"b","usage":{"n":2},"id":"y"}'), undefined);
  assert.equal(repeated.again('{"text":"b","usage":}'), undefined);
  repeated.learn('{"text":"a","id":"x"}', 'a');
  assert.equal(repeated.apart, '');
  assert.equal(learnt('{"usage":{"n":1},"text":"a"}', 'a', changing).again('{"usage":{"n":1},"text":"b"}'), undefined);
});

test('what is forgotten, too long, or never the same again is not compared', () => {
  const repeated = learnt(say('a'), 'a');
  repeated.forget();
  assert.equal(repeated.again(say('b')), undefined);
  const long = say('a', { more: 'x'.repeat(5_000) });
  assert.equal(learnt(long, 'a').again(long), undefined);
  for (let at = 0; at < 100; at += 1) repeated.learn(say('a', { at }), 'a');
  assert.equal(repeated.again(say('a', { at: 99 })), undefined);
});

const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

test('whatever is known again parses as what was learnt, but for its text, its padding and what is read apart', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"', '\\', '}', ',"text":"'));
  const event = fc.record(
    {
      id: fc.constantFrom('a', 'text'),
      text,
      pad: fc.oneof(fc.nat(9), text),
      in: fc.record({ text: fc.constantFrom('', 'a'), pad: fc.constantFrom('', 'a') }),
      usage: fc.record({ n: fc.nat(3), text }, { requiredKeys: [] }),
    },
    { requiredKeys: ['text'] },
  );
  fc.assert(
    fc.property(event.map(plain), event.map(plain), (one, other) => {
      const repeated = learnt(JSON.stringify(one), one.text, { unheard: ['pad'], apart: 'usage' });
      const found = repeated.again(JSON.stringify(other));
      if (found === undefined) return;
      assert.equal(found, other.text);
      assert.deepEqual({ ...one, text: '', pad: '', usage: '' }, { ...other, text: '', pad: '', usage: '' });
      if (other.usage !== undefined) assert.deepEqual(JSON.parse(repeated.apart), other.usage);
    }),
    { numRuns: 2_000 },
  );
});
