/**
 * What an answer can say in a dialect: events are written as an answer, that is read again, and what comes back is compared.
 * So both sides of the codec have their part in each line.
 */
import { GatewayError } from '@tapgate/core';
import { dialects, leaves, question, table } from './spoken.mjs';
import { signs } from './request-tables.mjs';

/** @typedef {import('@tapgate/core').ChatEvent} ChatEvent @typedef {import('@tapgate/core').Dialect} Dialect */

const mark = 'MARK';
const text = (/** @type {string} */ said, part = 't') =>
  /** @type {ChatEvent[]} */ ([
    { type: 'part-start', part, choice: 0, kind: 'text' },
    { type: 'part-delta', part, text: said },
    { type: 'part-end', part },
  ]);
const call = (/** @type {string} */ part, /** @type {object} */ more = {}) =>
  /** @type {ChatEvent[]} */ ([
    {
      type: 'part-start',
      part,
      choice: 0,
      kind: 'tool-call',
      callId: `call_${part}`,
      name: 'look',
      executedBy: 'client',
      ...more,
    },
    { type: 'part-delta', part, text: `{"at":"${mark}"}` },
    { type: 'part-end', part },
  ]);
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Whether an event of this kind says it. @param {(event: any) => boolean} test */
const any = (test) => (/** @type {readonly ChatEvent[]} */ events) => events.some(test);
const speaks = (/** @type {string} */ kind) => (/** @type {readonly ChatEvent[]} */ events) => {
  const parts = new Set(
    events.flatMap((event) => (event.type === 'part-start' && event.kind === kind ? [event.part] : [])),
  );
  return events.some((event) => event.type === 'part-delta' && parts.has(event.part) && event.text.includes(mark));
};
const starts = (/** @type {(event: Extract<ChatEvent, { type: 'part-start' }>) => boolean} */ test) =>
  any((event) => event.type === 'part-start' && test(event));
const usage = (/** @type {(usage: import('@tapgate/core').Usage) => boolean} */ test) =>
  any((event) => (event.type === 'usage' || event.type === 'start') && event.usage !== undefined && test(event.usage));

/** @param {string} dialect @returns {ChatEvent[]} */
const sealed = (dialect) => [
  { type: 'part-start', part: 'r', choice: 0, kind: 'reasoning' },
  { type: 'part-delta', part: 'r', text: mark },
  { type: 'part-end', part: 'r', seal: { origin: { dialect }, form: 'signature', value: 'SEAL' } },
];
const isSealed = any((event) => (event.type === 'part-end' || event.type === 'part-start') && event.seal !== undefined);

/** @type {readonly (readonly [name: string, events: (dialect: string) => readonly ChatEvent[], survives: (events: readonly ChatEvent[]) => boolean])[]} */
const replyProbes = [
  ['text', () => text(mark), speaks('text')],
  [
    'thinking',
    () => [
      { type: 'part-start', part: 'r', choice: 0, kind: 'reasoning' },
      { type: 'part-delta', part: 'r', text: mark },
      { type: 'part-end', part: 'r' },
      ...text('Hi'),
    ],
    speaks('reasoning'),
  ],
  [
    'summary of thinking',
    () => [
      { type: 'part-start', part: 'r', choice: 0, kind: 'reasoning', summary: true },
      { type: 'part-delta', part: 'r', text: mark },
      { type: 'part-end', part: 'r' },
      ...text('Hi'),
    ],
    (events) =>
      speaks('reasoning')(events) && starts(({ kind, summary }) => kind === 'reasoning' && summary === true)(events),
  ],
  ['seal of its own vendor', (dialect) => [...sealed(dialect), ...text('Hi')], isSealed],
  ['seal of another, kept for it', () => [...sealed('other'), ...text('Hi')], isSealed],
  [
    'refusal',
    () => [
      { type: 'part-start', part: 'f', choice: 0, kind: 'refusal' },
      { type: 'part-delta', part: 'f', text: mark },
      { type: 'part-end', part: 'f' },
    ],
    speaks('refusal'),
  ],
  ['call', () => call('a'), speaks('tool-call')],
  [
    'calls side by side',
    () => [...call('a'), ...call('b')],
    (events) => events.filter((event) => event.type === 'part-start' && event.kind === 'tool-call').length === 2,
  ],
  ['call with free text', () => call('a', { custom: true }), starts(({ custom }) => custom === true)],
  [
    'picture',
    () => [
      { type: 'part-start', part: 'm', choice: 0, kind: 'media', mediaType: 'image/png', base64: png },
      { type: 'part-end', part: 'm' },
      ...text('Hi'),
    ],
    starts(({ kind }) => kind === 'media'),
  ],
  [
    'source',
    () => [
      ...text('Hi'),
      {
        type: 'source',
        part: 't',
        choice: 0,
        citation: { start: 0, end: 2, url: 'https://a.example/', title: mark, text: 'Hi' },
      },
    ],
    any((event) => event.type === 'source' && event.citation.url === 'https://a.example/'),
  ],
  [
    'several answers',
    () => [
      ...text('Hi'),
      { type: 'part-start', part: 'u', choice: 1, kind: 'text' },
      { type: 'part-delta', part: 'u', text: mark },
      { type: 'part-end', part: 'u' },
      { type: 'finish', choice: 1, reason: 'stop' },
    ],
    any((event) => event.type === 'finish' && event.choice === 1),
  ],
  [
    'the stop sequence',
    () => [...text('Hi'), { type: 'finish', choice: 0, reason: 'stop-sequence', stopSequence: mark }],
    any((event) => event.type === 'finish' && event.stopSequence === mark),
  ],
  [
    'tokens read and written',
    () => text('Hi'),
    usage(({ input, cacheRead, cacheWrite, output }) => input + cacheRead + cacheWrite === 111 && output === 5),
  ],
  ['tokens read from a cache', () => text('Hi'), usage(({ cacheRead }) => cacheRead === 10)],
  ['tokens written to a cache', () => text('Hi'), usage(({ cacheWrite }) => cacheWrite === 1)],
  ['tokens of thinking', () => text('Hi'), usage(({ reasoning }) => reasoning === 2)],
  [
    'id',
    () => [{ type: 'start', id: mark }, ...text('Hi')],
    any((event) => event.type === 'start' && event.id !== undefined),
  ],
  ['model', () => text('Hi'), any((event) => event.type === 'start' && event.model !== undefined)],
];

/** @param {Dialect} dialect @param {readonly ChatEvent[]} events @param {boolean} streamed */
function written(dialect, events, streamed) {
  const request = { ...question, stream: streamed };
  const writer = dialect.writer({ streamed, model: 'asked', id: 'id', createdAt: 1, request });
  /** @type {Uint8Array[]} */
  const chunks = [];
  const take = (/** @type {string | Uint8Array | undefined} */ out) =>
    out !== undefined && chunks.push(Buffer.from(out));
  for (const event of events) take(writer.push(event));
  take(writer.end());
  return Buffer.concat(chunks);
}

/** @param {Dialect} dialect @param {Uint8Array} bytes @param {boolean} streamed */
function read(dialect, bytes, streamed) {
  const reader = dialect.reader({ streamed, provider: 'p', able: {} });
  return [...reader.push(bytes), ...reader.end()];
}

/** @param {readonly ChatEvent[]} events @returns {readonly ChatEvent[]} */
function answer(events) {
  const spent = { input: 100, cacheRead: 10, cacheWrite: 1, output: 5, reasoning: 2, estimated: false };
  const calls = events.some((event) => event.type === 'part-start' && event.kind === 'tool-call');
  const ends = events.some((event) => event.type === 'finish' && event.choice === 0);
  const finish = /** @type {ChatEvent} */ ({ type: 'finish', choice: 0, reason: calls ? 'tool-calls' : 'stop' });
  return [{ type: 'start', model: 'there' }, ...events, { type: 'usage', usage: spent }, ...(ends ? [] : [finish])];
}

/** @param {(typeof replyProbes)[number]} probe @param {Dialect} dialect */
function verdictOn([, events, survives], dialect) {
  const given = answer(events(dialect.name));
  const [whole, streamed] = [false, true].map((way) => survives(read(dialect, written(dialect, given, way), way)));
  if (whole && streamed) return signs.kept;
  return whole ? 'whole' : streamed ? 'streamed' : '';
}

/** What survives an answer that is written and read again, streamed and whole. */
export function replyTable() {
  const rows = replyProbes.map((probe) => [probe[0], ...dialects.map(([, dialect]) => verdictOn(probe, dialect))]);
  return table(['an answer’s', ...dialects.map(([name]) => name)], rows);
}

/** @type {readonly import('@tapgate/core').FinishReason[]} */
const reasons = [
  'stop',
  'stop-sequence',
  'length',
  'context-window',
  'tool-calls',
  'content-filter',
  'refusal',
  'pause',
  'error',
  'cancelled',
  'other',
];

/** The word of each dialect for why an answer ended, and what it is read as again where that is another. */
export function finishTable() {
  const rows = reasons.map((reason) => [`\`${reason}\``, ...dialects.map(([, dialect]) => wordOf(dialect, reason))]);
  return table(['ended by', ...dialects.map(([name]) => name)], rows);
}

/** @param {Dialect} dialect @param {import('@tapgate/core').FinishReason} reason */
function wordOf(dialect, reason) {
  try {
    const bytes = endedBy(dialect, reason);
    const again = read(dialect, bytes, false).find((event) => event.type === 'finish');
    const words = wordsIn(dialect, bytes)
      .map((word) => `\`${word}\``)
      .join(' ');
    if (again === undefined) return 'an error';
    return again.reason === reason ? words : `${words} (\`${again.reason}\`)`;
  } catch (error) {
    if (!GatewayError.is(error)) throw error;
    return 'an error';
  }
}

/** @param {Dialect} dialect @param {import('@tapgate/core').FinishReason} reason */
function endedBy(dialect, reason) {
  const said = reason === 'tool-calls' ? call('a') : text('Hi');
  return written(dialect, answer([...said, { type: 'finish', choice: 0, reason }]), false);
}

/** What stands in the places where reasons stand: those that differ between one that stopped and one that was cut. @param {Dialect} dialect @param {Uint8Array} bytes */
function wordsIn(dialect, bytes) {
  const stopped = leaves(json(endedBy(dialect, 'stop')));
  const cut = leaves(json(endedBy(dialect, 'length')));
  const places = new Set([...without(cut, stopped), ...without(stopped, cut)].map(([path]) => path));
  const words = leaves(json(bytes)).flatMap(([path, value]) =>
    places.has(path) && typeof value === 'string' ? [value] : [],
  );
  return [...new Set(words)];
}

/** The leaves that the others are not. @param {[string, unknown][]} some @param {[string, unknown][]} others */
function without(some, others) {
  const known = new Set(others.map((leaf) => JSON.stringify(leaf)));
  return some.filter((leaf) => !known.has(JSON.stringify(leaf)));
}

/** @param {Uint8Array} bytes @returns {unknown} */
function json(bytes) {
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
}
