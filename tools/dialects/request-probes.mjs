/**
 * What a request can ask for, a line each, in the canonical form: a change of the question, and what of it must be found in the
 * bytes that are written. One line asks for one thing.
 */
import { RawJson } from '@tapgate/core';
import { question } from './spoken.mjs';

/** @typedef {import('@tapgate/core').ChatRequest} ChatRequest @typedef {import('@tapgate/core').Part} Part @typedef {import('@tapgate/core').Turn} Turn */

/**
 * @typedef {object} Probe
 * @property {string} name
 * @property {Partial<ChatRequest>} given Over the question.
 * @property {Partial<ChatRequest>} [beside] What must be there for it to be asked at all; no part of what is told of.
 * @property {unknown} [marker] The value to be found, or a part of a text; absent: whatever else is written.
 * @property {true} [silent] To write nothing says it too.
 * @property {true} [sealed] It is of those only that seal what a model thought.
 */

const mark = 'MARK';
const text = (/** @type {string} */ said) => /** @type {Part} */ ({ kind: 'text', text: said });
const user = (/** @type {Part[]} */ ...parts) => /** @type {Turn} */ ({ role: 'user', parts });
const assistant = (/** @type {Part[]} */ ...parts) => /** @type {Turn} */ ({ role: 'assistant', parts });
const tool = (/** @type {Part[]} */ ...parts) => /** @type {Turn} */ ({ role: 'tool', parts });
const asked = question.turns;

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const pdf = Buffer.from('%PDF-1.4\n%%EOF').toString('base64');
const wav = Buffer.from('RIFF____WAVEfmt ').toString('base64');
const mp4 = Buffer.from('____ftypisom').toString('base64');

/** @param {string} mediaType @param {import('@tapgate/core').MediaPart['data']} data @param {object} [more] */
const media = (mediaType, data, more) => /** @type {Part} */ ({ kind: 'media', mediaType, data, ...more });

const schema = new RawJson('{"type":"object","properties":{"at":{"type":"integer"}}}', {
  type: 'object',
  properties: { at: { type: 'integer' } },
});
/** @type {import('@tapgate/core').FunctionTool} */
const look = { kind: 'function', name: 'look', schema };
/** @type {import('@tapgate/core').FunctionTool} */
const find = { kind: 'function', name: 'find', schema };
const call = (/** @type {object} */ more = {}) =>
  /** @type {Part} */ ({
    kind: 'tool-call',
    callId: 'call_1',
    name: 'look',
    argsText: '{"at":1}',
    executedBy: 'client',
    ...more,
  });
const result = (/** @type {Part[]} */ parts, /** @type {object} */ more = {}) =>
  /** @type {Part} */ ({ kind: 'tool-result', callId: 'call_1', name: 'look', parts, ...more });
const called = [...asked, assistant(call())];
const answered = [...called, tool(result([text('seen')]))];

/** @param {import('@tapgate/core').Seal} seal */
const thought = (seal) => [
  ...asked,
  assistant({ kind: 'reasoning', text: 'hm', seal }, text('Hi')),
  user(text('And?')),
];

/** @type {Readonly<Record<string, readonly Probe[]>>} */
export const requestProbes = {
  Conversation: [
    { name: 'system prompt', given: { instructions: [{ kind: 'text', text: mark, role: 'system' }] }, marker: mark },
    {
      name: 'developer prompt',
      given: { instructions: [{ kind: 'text', text: mark, role: 'developer' }] },
      marker: mark,
    },
    {
      name: 'system message later on',
      given: {
        turns: [...asked, assistant(text('Hi')), { role: 'instruction', parts: [text(mark)] }, user(text('And?'))],
      },
      marker: mark,
    },
    { name: 'user’s text', given: { turns: [user(text(mark))] }, marker: mark },
    { name: 'model’s text', given: { turns: [...asked, assistant(text(mark)), user(text('And?'))] }, marker: mark },
    { name: 'answer begun for the model', given: { turns: [...asked, assistant(text(mark))] }, marker: mark },
    { name: 'name of who speaks', given: { turns: [{ ...user(text('Hello')), name: mark }] }, marker: mark },
  ],
  Media: [
    { name: 'image, bytes', given: { turns: [user(media('image/png', { base64: png }))] }, marker: png },
    {
      name: 'image, URL',
      given: { turns: [user(media('image/png', { url: 'https://a.example/MARK.png' }))] },
      marker: mark,
    },
    {
      name: 'image’s detail',
      given: { turns: [user(media('image/png', { base64: png }, { detail: 'low' }))] },
      beside: { turns: [user(media('image/png', { base64: png }))] },
    },
    {
      name: 'PDF, bytes',
      given: { turns: [user(text('Read'), media('application/pdf', { base64: pdf }, { name: 'a.pdf' }))] },
      marker: pdf,
    },
    {
      name: 'PDF, URL',
      given: { turns: [user(text('Read'), media('application/pdf', { url: 'https://a.example/MARK.pdf' }))] },
      marker: mark,
    },
    {
      name: 'document of text',
      given: { turns: [user(text('Read'), media('text/plain', { text: mark }, { name: 'a.txt' }))] },
      marker: mark,
    },
    { name: 'audio, bytes', given: { turns: [user(media('audio/wav', { base64: wav }))] }, marker: wav },
    { name: 'video, bytes', given: { turns: [user(media('video/mp4', { base64: mp4 }))] }, marker: mp4 },
    {
      name: 'file by a vendor’s id',
      given: { turns: [user(text('Read'), media('application/pdf', { fileId: mark }))] },
      marker: mark,
    },
  ],
  Tools: [
    { name: 'function', given: { tools: [look] }, marker: 'look' },
    { name: 'strict function', given: { tools: [{ ...look, strict: true }] }, beside: { tools: [look] } },
    { name: 'tool of free text', given: { tools: [{ kind: 'custom', name: 'patch' }] }, marker: 'patch' },
    {
      name: '… with a grammar',
      given: {
        tools: [{ kind: 'custom', name: 'patch', format: { type: 'grammar', syntax: 'lark', definition: mark } }],
      },
      marker: mark,
    },
    {
      name: 'web search by the vendor',
      given: { tools: [{ kind: 'hosted', dialect: 'other', type: 'web_search', search: true, json: {} }] },
    },
    {
      name: 'another vendor’s tool',
      given: { tools: [{ kind: 'hosted', dialect: 'other', type: 'shell', json: {} }] },
    },
    { name: 'choice: none', given: { toolChoice: { mode: 'none' } }, beside: { tools: [look] } },
    { name: 'choice: must call', given: { toolChoice: { mode: 'required' } }, beside: { tools: [look] } },
    {
      name: 'choice: one by name',
      given: { toolChoice: { mode: 'named', name: 'look' } },
      beside: { tools: [look, find] },
    },
    {
      name: 'choice: some of them',
      given: { toolChoice: { mode: 'allowed', names: ['look'], required: false } },
      beside: { tools: [look, find] },
    },
    { name: 'one call at a time', given: { parallelTools: false }, beside: { tools: [look] } },
    { name: 'call in the history', given: { tools: [look], turns: answered }, marker: 'look' },
    {
      name: 'big numbers in its arguments',
      given: {
        tools: [look],
        turns: [...asked, assistant(call({ argsText: '{"at":12345678901234567890}' })), tool(result([text('seen')]))],
      },
      marker: '12345678901234567890',
    },
    { name: 'its result', given: { tools: [look], turns: [...called, tool(result([text(mark)]))] }, marker: mark },
    {
      name: 'result that is a failure',
      given: { tools: [look], turns: [...called, tool(result([text('seen')], { isError: true }))] },
      beside: { tools: [look], turns: answered },
    },
    {
      name: 'image in a result',
      given: { tools: [look], turns: [...called, tool(result([media('image/png', { base64: png })]))] },
      marker: png,
    },
    { name: 'call that nobody answered', given: { tools: [look], turns: [...called, user(text('And?'))] } },
    { name: 'result without its call', given: { turns: [...asked, tool(result([text(mark)]))] }, marker: mark },
  ],
  Reasoning: [
    { name: 'effort', given: { reasoning: { mode: 'on', effort: 'high' } } },
    { name: 'budget of tokens', given: { reasoning: { mode: 'on', budgetTokens: 2048 } } },
    { name: 'none', given: { reasoning: { mode: 'off' } }, silent: true },
    {
      name: 'summaries to be seen',
      given: { reasoning: { mode: 'on', effort: 'high', visible: 'summary' } },
      beside: { reasoning: { mode: 'on', effort: 'high' } },
      silent: true,
    },
    {
      name: 'earlier thinking, unsealed',
      given: { turns: [...asked, assistant({ kind: 'reasoning', text: mark }, text('Hi')), user(text('And?'))] },
      marker: mark,
    },
    {
      name: '… sealed by this place',
      given: { turns: thought({ origin: { dialect: '' }, form: 'signature', value: mark }) },
      marker: mark,
      sealed: true,
    },
    {
      name: '… sealed by another',
      given: { turns: thought({ origin: { dialect: 'other' }, form: 'signature', value: mark }) },
      marker: mark,
    },
  ],
  Output: [
    { name: 'JSON', given: { output: { format: { kind: 'json' } } } },
    {
      name: 'JSON by a schema',
      given: { output: { format: { kind: 'schema', schema, name: 'answer', strict: true } } },
      marker: 'integer',
    },
    { name: 'limit of tokens', given: { output: { maxTokens: 1234 } }, marker: 1234 },
    { name: 'stop sequences', given: { sampling: { stop: [mark] } }, marker: mark },
    { name: 'several answers', given: { output: { n: 2 } }, marker: 2 },
    { name: 'logprobs', given: { output: { logprobs: true, topLogprobs: 3 } } },
    { name: 'speech', given: { output: { modalities: ['text', 'audio'] } } },
    { name: 'verbosity', given: { output: { verbosity: 'low' } }, marker: 'low' },
  ],
  Sampling: [
    { name: 'temperature', given: { sampling: { temperature: 0.25 } }, marker: 0.25 },
    { name: 'top_p', given: { sampling: { topP: 0.75 } }, marker: 0.75 },
    { name: 'top_k', given: { sampling: { topK: 7 } }, marker: 7 },
    { name: 'min_p', given: { sampling: { minP: 0.125 } }, marker: 0.125 },
    { name: 'presence penalty', given: { sampling: { presencePenalty: 0.5 } }, marker: 0.5 },
    { name: 'frequency penalty', given: { sampling: { frequencyPenalty: 0.5 } }, marker: 0.5 },
    { name: 'repetition penalty', given: { sampling: { repetitionPenalty: 1.5 } }, marker: 1.5 },
    { name: 'seed', given: { sampling: { seed: 77 } }, marker: 77 },
    { name: 'logit bias', given: { sampling: { logitBias: { 42: -5 } } }, marker: -5 },
  ],
  'Around it': [
    { name: 'user’s id', given: { user: { id: mark } }, marker: mark },
    { name: 'metadata', given: { metadata: { team: mark } }, marker: mark },
    { name: 'service tier', given: { tier: 'flex' }, marker: 'flex' },
    { name: 'cache mark on a part', given: { turns: [user({ kind: 'text', text: 'Hello', cache: {} })] } },
    { name: 'key of the prompt cache', given: { caching: { key: mark } }, marker: mark },
    { name: 'how long the cache is kept', given: { caching: { retention: '24h' } }, marker: '24h' },
    { name: 'store the answer', given: { state: { store: true } } },
    { name: 'answer in the background', given: { state: { background: true } } },
    { name: 'answer goes on from another', given: { state: { previousId: mark } }, marker: mark },
    { name: 'cut the conversation to fit', given: { state: { truncation: 'auto' } } },
    {
      name: 'another vendor’s safety',
      given: { ext: { other: { guardrailConfig: { guardrailIdentifier: mark } } } },
      marker: mark,
    },
  ],
};
