import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreErrors, createEventSplitter, seen } from '@tapgate/core';
import { chunkings, fixtures, fixturesFolder, noFixtures } from '@tapgate/test-kit';
import { anthropicMessages } from './anthropic-messages.ts';

const observer = (operation = 'chat'): ReturnType<typeof anthropicMessages.observer> =>
  anthropicMessages.observer({ operation, streamed: true, wantUsage: true });
const event = (data: string, name = 'content_block_delta'): Buffer => Buffer.from(`event: ${name}\ndata: ${data}\n\n`);
const delta = (members: string): string => `{"type":"content_block_delta","index":0,"delta":{${members}}}`;

const skip = fixturesFolder() === undefined ? noFixtures : false;

test('the side reader knows usage, model and end of every recorded stream', { skip }, async (t) => {
  for (const { name, bytes } of fixtures({ dialect: 'anthropic-messages', streamed: true, ok: true })) {
    await t.test(name, () => {
      const reader = anthropicMessages.reader({ streamed: true, provider: 'a', able: {} });
      const events = [...reader.push(bytes), ...reader.end()];
      const counted = events.findLast((one) => one.type === 'usage')?.usage;
      for (const { chunks } of chunkings(bytes, { splits: 3 })) {
        const side = observer();
        const splitter = createEventSplitter({ maxEventBytes: 1_000_000 });
        let flags = 0;
        const take = (one: Uint8Array): void => {
          const said = side.event(one);
          assert.equal(said & (seen.broken | seen.error), 0);
          flags |= said;
        };
        for (const chunk of chunks) splitter.push(chunk, take);
        splitter.end(take);
        assert.deepEqual(side.usage, counted);
        assert.equal(side.complete, true);
        assert.equal(side.model, events.find((one) => one.type === 'start')?.model);
        assert.equal(flags & (seen.content | seen.terminal), seen.content | seen.terminal);
      }
    });
  }
});

test('an event that was cut is broken, wherever the cut is', () => {
  const whole = delta('"type":"input_json_delta","partial_json":"{\\"a\\":{\\"b\\":\\"}}\\\\"');
  assert.equal(observer().event(event(whole)), seen.content);
  for (let end = 1; end < whole.length; end += 1) {
    assert.equal(observer().event(event(whole.slice(0, end))), seen.broken, whole.slice(0, end));
  }
});

test('deltas of every kind are content', () => {
  for (const members of [
    '"type":"text_delta","text":""',
    '"type":"text_delta","text":"a\\\\"',
    '"type":"text_delta","text":"a\\""',
    '"type":"citations_delta","citation":{"type":"x","title":null}',
    '"type":"signature_delta","signature":"abc="   ',
  ]) {
    assert.equal(observer().event(event(delta(members))), seen.content, members);
  }
});

test('a start, a ping and the beginning of a text show nothing yet; a call does', () => {
  const side = observer();
  assert.equal(
    side.event(event('{"type":"message_start","message":{"model":"m","usage":{"input_tokens":1}}}', 'message_start')),
    0,
  );
  assert.equal(side.event(event('{"type": "ping"}', 'ping')), 0);
  assert.equal(side.event(Buffer.from(': comment\n\n')), 0);
  assert.equal(
    side.event(
      event(
        '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}',
        'content_block_start',
      ),
    ),
    0,
  );
  assert.equal(
    side.event(
      event(
        '{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}',
        'content_block_start',
      ),
    ),
    seen.content,
  );
});

test('an error event is told with what it says', () => {
  const side = observer();
  assert.equal(
    side.event(event('{"type":"error","error":{"type":"overloaded_error","message":"busy"}}', 'error')),
    seen.error,
  );
  assert.deepEqual([side.error?.kind, side.error?.message, side.complete], ['overloaded', 'busy', false]);
});

test('an error document in an answer of status 200 is an error', () => {
  const side = observer();
  assert.equal(side.whole(Buffer.from('{"type":"error","error":{"type":"api_error","message":"no"}}')), seen.error);
  assert.equal(observer().whole(Buffer.from('<html>')), seen.broken);
});

test('a count of tokens is whole when it has one, and costs nothing', () => {
  const side = observer('count-tokens');
  assert.equal(side.whole(Buffer.from('{"input_tokens":671}')), seen.content | seen.terminal);
  assert.equal(side.usage, undefined);
});

test('results of a batch are passed on, whatever they are', () => {
  assert.equal(
    observer('batch-results').whole(Buffer.from('{"custom_id":"a"}\n{"custom_id":"b"}\n')),
    seen.content | seen.terminal,
  );
});

test('a stream that breaks off is told so by an event with a name', () => {
  const text = Buffer.from(observer().fail(coreErrors.UPSTREAM_STALLED({ provider: 'a', timeoutMs: 5 }))).toString(
    'utf8',
  );
  assert.match(text, /^event: error\ndata: {"type":"error","error":{"type":"timeout_error","message":"The provider/);
});
