import assert from 'node:assert/strict';
import { test } from 'node:test';

// There are no recordings of this API: these answers are written by hand, after the vendor's description of it and the
// names, the order and the omissions of its server's own types.

export type Document = Record<string, any>;

const head = (at: number): Document => ({ model: 'qwen3', created_at: `2026-11-02T10:00:0${at}.123456789Z` });
const line = (at: number, message: object, more: object = {}): Document => ({
  ...head(at),
  message: { role: 'assistant', content: '', ...message },
  done: false,
  ...more,
});
const last = (at: number, more: object = {}): Document => ({
  ...head(at),
  message: { role: 'assistant', content: '' },
  done: true,
  done_reason: 'stop',
  total_duration: 174_560_334,
  load_duration: 101_397_084,
  prompt_eval_count: 11,
  prompt_eval_duration: 13_074_791,
  eval_count: 18,
  eval_duration: 52_479_709,
  ...more,
});
const call = (name: string, args: object, more: object = {}, index = 0): Document => ({
  function: { index, name, arguments: args },
  ...more,
});
const probability = (token: string): Document => ({ token, logprob: -0.25, bytes: [...Buffer.from(token)] });
const remote = { remote_model: 'gpt-oss:120b', remote_host: 'https://ollama.com:443' };

/** Answers as a server streams them, by what they show. */
export const answers: Readonly<Record<string, readonly Document[]>> = {
  text: [line(0, { content: 'Grüße' }), line(1, { content: ', ' }), line(2, { content: '🙂\n' }), last(3)],
  thinking: [
    line(0, { thinking: 'Let me' }),
    line(1, { thinking: ' see.' }),
    line(2, { content: 'Four.' }),
    last(3, { done_reason: 'length' }),
  ],
  calls: [
    line(0, { thinking: 'I look.' }),
    line(1, { content: 'A moment.' }),
    line(2, {
      tool_calls: [
        call('weather', { city: 'Köln', days: [1, 2] }, { id: 'call_a1' }),
        call('time', {}, { id: 'call_b2' }, 1),
      ],
    }),
    line(3, { tool_calls: [call('weather', { city: 'Bonn' }, { id: 'call_c3' }, 2)] }),
    last(4),
  ],
  'calls of an old server': [
    line(0, { content: 'Now:' }),
    line(1, { tool_calls: [1, 2].map((zone) => ({ function: { name: 'time', arguments: { zone } } })) }),
    { ...head(2), message: { role: 'assistant', content: '' }, done: true, eval_count: 4 },
  ],
  'a model elsewhere': [
    line(0, { content: 'Hi' }, remote),
    line(1, { content: ' there' }, remote),
    last(2, { ...remote, later: { is: 1 } }),
  ],
  probabilities: [
    line(0, { content: 'Hi' }, { logprobs: [probability('Hi')] }),
    line(1, {}, { logprobs: [probability('<')] }),
    line(2, { content: '!' }, { logprobs: [probability('!')] }),
    last(3, { logprobs: [probability('.')] }),
  ],
  'an image': [line(0, { content: 'Here:' }), line(1, { images: ['iVBORw0KGgo='] }), last(2)],
  nothing: [
    { ...head(0), message: { role: 'assistant', content: '' }, done: true, done_reason: 'load', load_duration: 5 },
  ],
};

/** The bytes of a stream. */
export function streamOf(lines: readonly Document[]): Buffer {
  return Buffer.from(lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
}

/** The one document that the lines of a stream add up to. The time is that of the first. */
export function documentOf(lines: readonly Document[]): Document {
  const document: Document = {};
  const message: Document = {};
  for (const { message: piece = {}, logprobs, ...more } of lines) {
    for (const [name, value] of Object.entries(piece as Document)) {
      if (name === 'role') message[name] = value;
      else message[name] = name in message ? concat(message[name], value) : value;
    }
    if (logprobs !== undefined) document['logprobs'] = [...(document['logprobs'] ?? []), ...logprobs];
    const created_at = document['created_at'] ?? more['created_at'];
    Object.assign(document, more, { created_at });
  }
  return { ...document, message };
}

function concat(one: any, other: any): unknown {
  return Array.isArray(one) ? [...one, ...other] : one + other;
}

/** The lines that are in bytes. */
export function linesOf(bytes: Uint8Array | string): Document[] {
  const text = Buffer.from(bytes as Uint8Array).toString('utf8');
  assert.ok(text.endsWith('\n'), 'the last line has no end');
  return text
    .slice(0, -1)
    .split('\n')
    .map((one) => JSON.parse(one) as Document);
}

test('the lines of a stream add up to one document', () => {
  const { message, ...document } = documentOf(linesOf(streamOf(answers['calls'] ?? [])));
  assert.deepEqual([message.content, message.thinking, message.tool_calls.length], ['A moment.', 'I look.', 3]);
  assert.deepEqual([document['done'], document['eval_count']], [true, 18]);
});
