import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent } from '@tapgate/core';
import { PartReader, type StreamPart } from './part-reader.ts';

const usage = {
  inputTokens: { total: 3, noCache: 3, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 2, text: 2, reasoning: 0 },
};
const finish = (unified: string, raw?: string): any => ({ type: 'finish', finishReason: { unified, raw }, usage });

function read(
  parts: readonly object[],
  streamed = true,
): { readonly events: readonly any[]; readonly notes: string[] } {
  const notes: string[] = [];
  const note = (reason: string): void => void notes.push(reason);
  const reader = new PartReader({ provider: 'tail', model: 'm', secrets: ['hush-hush'], streamed, note });
  return { events: parts.flatMap((part): readonly ChatEvent[] => reader.read(part as StreamPart)), notes };
}
const types = (events: readonly any[]): string => events.map(({ type }) => type).join(' ');
const errorOf = (parts: readonly object[]): any => read(parts).events.at(-1).error;

test('an id that is used again is another part, and one that nobody began is begun', () => {
  const { events } = read([
    { type: 'stream-start', warnings: [] },
    { type: 'text-start', id: '0' },
    { type: 'text-delta', id: '0', delta: 'a' },
    { type: 'text-end', id: '0' },
    { type: 'text-start', id: '0' },
    { type: 'text-delta', id: '0', delta: 'b' },
    { type: 'reasoning-delta', id: '0', delta: 'c' },
    finish('stop', 'stop'),
  ]);
  const started = events.filter(({ type }) => type === 'part-start').map(({ part }) => part);
  assert.equal(new Set(started).size, 3);
  assert.equal(types(events).match(/part-end/g)?.length, 3);
  assert.equal(events[0].type, 'start');
  assert.equal(events.at(-1).type, 'finish');
});

test('a call is told once, from its pieces or from its end', () => {
  const call = { type: 'tool-call', toolCallId: 'c', toolName: 'look', input: '{"at":1}' };
  const begin = { type: 'tool-input-start', id: 'c', toolName: 'look' };
  const piece = (delta: string): object => ({ type: 'tool-input-delta', id: 'c', delta });
  const end = { type: 'tool-input-end', id: 'c' };
  for (const parts of [
    [call],
    [begin, end, call],
    [begin, piece('{"at"'), piece(':1}'), end, call],
    [{ ...begin, inputEncoding: 'text' }, piece('at one'), end, call],
  ]) {
    const { events } = read([...parts, finish('stop', 'stop')]);
    assert.equal(events.filter(({ kind }) => kind === 'tool-call').length, 1);
    assert.equal(events.map(({ text = '' }) => text).join(''), '{"at":1}');
    assert.equal(events.at(-1).reason, 'tool-calls');
  }
});

test('a call that the vendor runs is not one for the client', () => {
  const call = { type: 'tool-call', toolCallId: 'c', toolName: 'search', input: '{}', providerExecuted: true };
  const result = { type: 'tool-result', toolCallId: 'c', toolName: 'search', result: {} };
  const { events, notes } = read([call, result, finish('stop', 'stop')]);
  assert.equal(events.find(({ kind }) => kind === 'tool-call').executedBy, 'provider');
  assert.equal(events.at(-1).reason, 'stop');
  assert.match(notes.join(), /"tool-result"/);
});

test('a stream without an end of the vendor is cut off, whatever its package says (S-09)', () => {
  assert.equal(errorOf([finish('other')]).code, 'UPSTREAM_TRUNCATED');
  assert.equal(errorOf([finish('interrupted')]).code, 'UPSTREAM_TRUNCATED');
  assert.equal(errorOf([finish('error', 'error')]).code, 'UPSTREAM_FAILED');
  assert.equal(read([finish('other', 'odd')]).events.at(-1).reason, 'other');
  assert.equal(read([finish('other')], false).events.at(-1).type, 'finish');
});

test('what a vendor says instead of going on is told by its own words, without what is secret', () => {
  const said = (error: unknown): any => errorOf([{ type: 'error', error }]);
  assert.equal(said({ type: 'overloaded_error', message: 'Too many.' }).kind, 'overloaded');
  assert.equal(said({ error: { code: 429, message: 'Slow down.' } }).kind, 'rate-limit');
  assert.equal(said({ error: { status: 400, message: 'prompt is too long' } }).kind, 'context-length');
  assert.match(said('It broke with hush-hush.').message, /It broke with \[secret\]/);
  assert.equal(said(new TypeError('x is not a function')).code, 'UPSTREAM_FAILED');
  const unread = Object.assign(new Error('{"prompt": "of a user"}'), { name: 'AI_TypeValidationError' });
  assert.equal(said(unread).code, 'UPSTREAM_MALFORMED');
  assert.doesNotMatch(said(unread).message, /of a user/);
});

test('sources and files come in order, where they rest on a text with it', () => {
  const source = { type: 'source', sourceType: 'url', id: '1', url: 'https://source.example', title: 'Source' };
  const { events } = read([
    source,
    { type: 'text-start', id: 't' },
    { type: 'text-delta', id: 't', delta: 'a' },
    { type: 'text-end', id: 't', citations: [{ source, citedText: 'a' }] },
    { type: 'file', mediaType: 'image/png', data: { type: 'data', data: new Uint8Array([1, 2, 3]) } },
    { type: 'file', mediaType: 'image/png', data: { type: 'url', url: new URL('https://file.example/a.png') } },
    finish('stop', 'stop'),
  ]);
  const [bare, cited] = events.filter(({ type }) => type === 'source');
  assert.deepEqual(bare.citation, { url: 'https://source.example', title: 'Source' });
  assert.equal(cited.part, events.find(({ kind }) => kind === 'text').part);
  assert.equal(cited.citation.text, 'a');
  const [data, url] = events.filter(({ kind }) => kind === 'media');
  assert.deepEqual([data.base64, url.url], ['AQID', 'https://file.example/a.png']);
});
