import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { ReplyWriter } from '../dialect.ts';
import { standInArguments, standInSchema, withCustomCalls } from './custom-tools.ts';
import type { ChatEvent } from './events.ts';
import type { ChatRequest, Tool } from './request.ts';

const requestWith = (...tools: readonly Tool[]): ChatRequest => ({
  model: 'm',
  instructions: [],
  turns: [],
  tools,
  output: {},
  sampling: {},
  stream: true,
  wantUsage: true,
  ext: {},
});

/** What reaches a writer of what a model calls `patch` with, in these pieces. */
function written(
  pieces: readonly string[],
  name = 'patch',
): { readonly custom: boolean; readonly texts: readonly string[] } {
  const events: ChatEvent[] = [];
  const writer: ReplyWriter = {
    contentType: '',
    push: (event) => {
      events.push(event);
      return undefined;
    },
    end: () => undefined,
    fail: () => '',
  };
  const wrapped = withCustomCalls(writer, requestWith({ kind: 'custom', name: 'patch' }));
  wrapped.push({
    type: 'part-start',
    part: 'p',
    choice: 0,
    kind: 'tool-call',
    callId: 'c',
    name,
    executedBy: 'client',
  });
  for (const text of pieces) wrapped.push({ type: 'part-delta', part: 'p', text });
  wrapped.push({ type: 'part-end', part: 'p' });
  const [start] = events;
  return {
    custom: start?.type === 'part-start' && start.custom === true,
    texts: events.flatMap((event) => (event.type === 'part-delta' ? [event.text] : [])),
  };
}

test('the text comes back as it was, wherever its arguments are cut, and in pieces that are whole by themselves', () => {
  const input = fc.string({
    unit: fc.oneof(
      fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' }),
      fc.constantFrom('"', '\\', '\n', '\u0000', '😀'),
    ),
  });
  const escaped = (text: string): string =>
    standInArguments(text).replaceAll(
      /[^\x20-\x7e]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  fc.assert(
    fc.property(input, fc.array(fc.nat(60)), fc.boolean(), (text, cuts, ascii) => {
      const args = ascii ? escaped(text) : standInArguments(text);
      const ends = [...cuts.map((cut) => Math.min(cut, args.length)), args.length].toSorted(
        (one, other) => one - other,
      );
      const { custom, texts } = written(ends.map((end, index) => args.slice(ends[index - 1] ?? 0, end)));
      assert.equal(custom, true);
      assert.equal(texts.join(''), text);
      assert.ok(texts.every((piece) => piece.isWellFormed() && piece !== ''));
    }),
    { numRuns: 1000 },
  );
});

test('the text goes out while it comes', () => {
  assert.deepEqual(written(['{"in', 'put": "a', 'b', '\\', 'n', 'c"', '}']).texts, ['a', 'b', '\n', 'c']);
});

test('arguments of another form are the text, and a member behind others is found in the end', () => {
  for (const [args, text] of [
    ['*** Begin', '*** Begin'],
    ['{"patch":"x"}', '{"patch":"x"}'],
    ['{"note":1,"input":"x"}', 'x'],
    ['{"input":{"a":1}}', '{"input":{"a":1}}'],
    ['', ''],
    ['{"input":"raw\nline \\q \\u12"}', 'raw\nline q \\u12'],
  ] as const)
    assert.equal(written([args]).texts.join(''), text, args);
});

test('arguments that were cut off give what there is of the text', () => {
  assert.equal(written(['{"input":"ab\\u00']).texts.join(''), 'ab');
});

test('calls of functions pass through, and without tools of free text the writer is the very one', () => {
  assert.deepEqual(written(['{"input":"x"}'], 'other'), { custom: false, texts: ['{"input":"x"}'] });
  const writer = { contentType: '', push: () => undefined, end: () => undefined, fail: () => '' };
  assert.equal(withCustomCalls(writer, requestWith({ kind: 'function', name: 'patch' })), writer);
});

test('a stand-in tells its grammar in words', () => {
  const schema = (format?: Record<string, string>): string =>
    standInSchema({ kind: 'custom', name: 'n', ...(format && { format }) }).text;
  assert.equal(schema(), '{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}');
  assert.equal(schema({ type: 'text' }), schema());
  assert.match(
    schema({ type: 'grammar', syntax: 'lark', definition: 'start: "a"' }),
    /follows this lark grammar:\\nstart: \\"a\\"/,
  );
});
