import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropicMessages } from './anthropic-messages.ts';
import type { ChatEvent, GatewayError } from '@tapgate/core';

const frame = (event: object): string =>
  `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`;
const begun = frame({
  type: 'message_start',
  message: { id: 'm', model: 'claude', content: [], usage: { input_tokens: 3, output_tokens: 1 } },
});
const text = (words: string): string =>
  frame({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }) +
  frame({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: words } });

function read(body: string, streamed = true): readonly ChatEvent[] {
  const reader = anthropicMessages.reader({ streamed, provider: 'anthropic', able: {} });
  return [...reader.push(Buffer.from(body)), ...reader.end()];
}

function errorOf(events: readonly ChatEvent[]): GatewayError {
  const last = events.at(-1);
  assert.equal(last?.type, 'error');
  return (last as { error: GatewayError }).error;
}

test('a stream without its end mark is truncated', () => {
  const error = errorOf(read(begun + text('half')));
  assert.deepEqual([error.code, error.kind], ['UPSTREAM_TRUNCATED', 'truncated']);
});

test('an error in the midst of a stream is read with its message', () => {
  const events = read(
    begun +
      text('half') +
      frame({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }) +
      text('more'),
  );
  const error = errorOf(events);
  assert.deepEqual([error.upstream?.kind, error.upstream?.status, error.message], ['overloaded', 529, 'Overloaded']);
});

test('an error document where a stream should be is an error', () => {
  const error = errorOf(read('{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}'));
  assert.deepEqual([error.upstream?.kind, error.message], ['rate-limit', 'slow']);
});

test('a whole answer where a stream should be is read all the same', () => {
  const events = read(
    '{"id":"m","type":"message","model":"c","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}',
  );
  assert.deepEqual(
    events.filter(({ type }) => type === 'part-delta'),
    [{ type: 'part-delta', part: 'p0', text: 'hi' }],
  );
});

test('an event that is no JSON is an error, and nothing follows it', () => {
  const events = read(`${begun}data: {"type":"content_bl\n\n${text('x')}`);
  assert.equal(errorOf(events).code, 'UPSTREAM_MALFORMED');
});

test('an empty body and a body of another kind are errors, streamed and whole', () => {
  assert.equal(errorOf(read('')).code, 'UPSTREAM_TRUNCATED');
  assert.equal(errorOf(read('', false)).code, 'UPSTREAM_EMPTY');
  assert.equal(errorOf(read('<html>', false)).code, 'UPSTREAM_MALFORMED');
  assert.equal(errorOf(read('{"ok":true}', false)).code, 'UPSTREAM_MALFORMED');
  assert.equal(errorOf(read('{"type":"error","error":{"type":"api_error","message":"no"}}', false)).message, 'no');
});

test('a call without arguments has the arguments {}, with an empty delta and without any', () => {
  for (const deltas of [
    '',
    frame({ type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '' } }),
  ]) {
    const events = read(
      begun +
        frame({
          type: 'content_block_start',
          index: 0,
          content_block: { type: 'tool_use', id: 't', name: 'f', input: {} },
        }) +
        deltas +
        frame({ type: 'content_block_stop', index: 0 }) +
        frame({ type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 2 } }) +
        frame({ type: 'message_stop' }),
    );
    assert.equal(
      events
        .filter((event) => event.type === 'part-delta')
        .map((event) => event.text)
        .join(''),
      '{}',
    );
  }
});

test('an input that stands whole in the beginning of a block keeps its digits', () => {
  const events = read(
    `${begun}data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{"b":1,"1":12345678901234567890}}}\n\n${frame({ type: 'content_block_stop', index: 0 })}`,
  );
  assert.equal(events.find((event) => event.type === 'part-delta')?.text, '{"b":1,"1":12345678901234567890}');
});

test('a block and an event that nobody knows ride along for clients of this dialect', () => {
  const events = read(
    begun +
      frame({ type: 'content_block_start', index: 0, content_block: { type: 'compaction', content: null } }) +
      frame({ type: 'content_block_delta', index: 0, delta: { type: 'compaction_delta', content: 'sum' } }) +
      frame({ type: 'content_block_stop', index: 0 }) +
      frame({ type: 'weather', sun: true }),
  );
  const block = events.find((event) => event.type === 'part-start');
  assert.deepEqual(
    [block?.kind, block?.opaqueType, block?.json],
    ['opaque', 'compaction', { type: 'compaction', content: 'sum' }],
  );
  const unknown = events.find((event) => event.type === 'opaque');
  assert.deepEqual([unknown?.name, unknown?.json], ['weather', { type: 'weather', sun: true }]);
});

test('a tool’s name that was made legal for the provider is the client’s own again', () => {
  const events = read(
    begun +
      frame({
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'tool_use', id: 't', name: 'tapgate__mcp_2egit_2flog', input: {} },
      }),
  );
  assert.equal(events.find((event) => event.type === 'part-start')?.name, 'mcp.git/log');
});
