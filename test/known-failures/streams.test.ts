import assert from 'node:assert/strict';
import { test as plain } from 'node:test';
import { definePlugin, stage } from '@tapgate/core';
import {
  ask,
  leakProbes,
  type Script,
  type SseFrame,
  sseText,
  step,
  validateChatStream,
  validateSse,
} from '@tapgate/test-kit';
import { good } from '../faults/behaviour.ts';
import { pieces, text, type Tongue, tongues } from '../faults/tongues.ts';
import { clientKey, everyPlugin, foreign, world } from './world.ts';

const test = leakProbes(plain as never);
const head = step.head(200, { 'content-type': 'text/event-stream' });
const tongueOf = (dialect: string): Tongue => {
  const found = tongues.find((one) => one.dialect === dialect);
  if (found === undefined) throw new Error(`Nobody speaks ${dialect}.`);
  return found;
};
const chat = tongueOf('openai-chat');
const written = ({ lineEnd }: Tongue, ...frames: readonly (SseFrame | string)[]): string => sseText(frames, lineEnd);

/** Lets whoever waits for the n-th piece go on once a client has it. */
class Arrivals {
  readonly #waits: PromiseWithResolvers<void>[] = [];
  #text = '';

  at(count: number): Promise<void> {
    return this.#wait(count).promise;
  }

  /** A chunk that a client got, and how many pieces are in all that it has. */
  readonly hear = (chunk: Uint8Array, countIn: (text: string) => number): void => {
    this.#text += Buffer.from(chunk).toString();
    for (let count = countIn(this.#text); count > 0; count -= 1) this.#wait(count).resolve();
  };

  #wait(count: number): PromiseWithResolvers<void> {
    return (this.#waits[count] ??= Promise.withResolvers<void>());
  }
}

// S-12: an upstream that says the next piece only when the client has the last one would wait for ever for a gateway that gathers.
for (const tongue of tongues) {
  for (const vendor of [tongue.dialect, foreign[tongue.dialect] ?? '']) {
    test(`each piece of a text is with its client before the next is written, through every plugin (${tongue.dialect} from ${vendor})`, async () => {
      const arrivals = new Arrivals();
      const spoken = tongueOf(vendor);
      const { beginning, content, ending } = spoken.stream;
      const script: Script = [
        head,
        step.write(written(spoken, ...beginning)),
        ...content.flatMap((frame, at) => [
          ...(at === 0 ? [] : [step.wait(arrivals.at(at))]),
          step.write(written(spoken, frame)),
        ]),
        step.wait(arrivals.at(content.length)),
        step.write(written(spoken, ...ending)),
      ];
      await using at = await world({ a: [vendor, script] }, { plugins: everyPlugin, limits: { deadlineMs: 30_000 } });
      const { path, body } = tongue.question(true);
      const answered = await ask(at.url + path, {
        body,
        headers: { authorization: `Bearer ${clientKey}`, 'accept-encoding': 'gzip, br' },
        onChunk: (chunk) => arrivals.hear(chunk, (said) => pieces.filter((piece) => said.includes(piece)).length),
      });
      assert.deepEqual(tongue.faultsOfStream(answered.body, { ended: 'ok' }), [], answered.text);
      assert.equal(tongue.said(answered.text, true), text);
      assert.equal(answered.headers.get('content-encoding'), undefined);
    });
  }
}

// S-12: the same for arguments, which a gateway is tempted to gather until they are JSON.
const argumentPieces = ['{"city"', ':"Os', 'lo","d', 'ays":', '3}'];
const block = (type: string, more: object): SseFrame => ({ event: type, data: { type, index: 0, ...more } });
const toolStreams: Readonly<
  Record<string, { beginning: SseFrame[]; piece: (text: string) => SseFrame; ending: (SseFrame | string)[] }>
> = {
  'anthropic-messages': {
    beginning: [
      ...tongueOf('anthropic-messages').stream.beginning.slice(0, 1),
      block('content_block_start', { content_block: { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} } }),
    ],
    piece: (partial) => block('content_block_delta', { delta: { type: 'input_json_delta', partial_json: partial } }),
    ending: [
      block('content_block_stop', {}),
      {
        event: 'message_delta',
        data: {
          type: 'message_delta',
          delta: { stop_reason: 'tool_use', stop_sequence: null },
          usage: { output_tokens: 6 },
        },
      },
      { event: 'message_stop', data: { type: 'message_stop' } },
    ],
  },
  'openai-chat': {
    beginning: [
      chunkOf({
        role: 'assistant',
        content: null,
        tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'look', arguments: '' } }],
      }),
    ],
    piece: (args) => chunkOf({ tool_calls: [{ index: 0, function: { arguments: args } }] }),
    ending: [chunkOf({}, 'tool_calls'), '[DONE]'],
  },
};

function chunkOf(delta: object, finish: string | null | undefined = null): SseFrame {
  return {
    data: {
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1_700_000_000,
      model: 'real',
      choices: [{ index: 0, delta, ...(finish !== undefined && { finish_reason: finish }) }],
    },
  };
}

for (const client of ['openai-chat', 'openai-responses', 'anthropic-messages']) {
  for (const [vendor, { beginning, piece, ending }] of Object.entries(toolStreams)) {
    test(`each piece of a call’s arguments is with its client before the next is written, through every plugin (${client} from ${vendor})`, async () => {
      const arrivals = new Arrivals();
      const spoken = tongueOf(vendor);
      const script: Script = [
        head,
        step.write(written(spoken, ...beginning)),
        ...argumentPieces.flatMap((args, at) => [
          ...(at === 0 ? [] : [step.wait(arrivals.at(at))]),
          step.write(written(spoken, piece(args))),
        ]),
        step.wait(arrivals.at(argumentPieces.length)),
        step.write(written(spoken, ...ending)),
      ];
      await using at = await world({ a: [vendor, script] }, { plugins: everyPlugin, limits: { deadlineMs: 30_000 } });
      const tongue = tongueOf(client);
      const { path, body } = tongue.question(true);
      const answered = await ask(at.url + path, {
        body,
        headers: { authorization: `Bearer ${clientKey}` },
        onChunk: (chunk) =>
          arrivals.hear(
            chunk,
            (said) => argumentPieces.filter((one) => said.includes(JSON.stringify(one).slice(1, -1))).length,
          ),
      });
      assert.deepEqual(tongue.faultsOfStream(answered.body, { ended: 'ok' }), [], answered.text);
    });
  }
}

// S-13
for (const streamed of [true, false]) {
  test(`a compressed answer passes three plugins that each read it, plain and once (${streamed ? 'streamed' : 'whole'})`, async () => {
    const reads = (name: string) =>
      definePlugin({
        name,
        apiVersion: 1,
        schema: { type: 'object' },
        apply(gateway) {
          gateway.hooks.beforeRoute.tap({ name, stage: stage.shape }, (exchange) => {
            exchange.transform(async function* (events) {
              yield* events;
            });
          });
        },
      });
    await using at = await world(
      { a: ['openai-chat', [step.gzip(), ...good(chat, streamed)]] },
      { plugins: [reads('one'), reads('two'), reads('three')] },
    );
    const { path, body } = chat.question(streamed);
    const answered = await ask(at.url + path, { body });
    assert.equal(answered.status, 200, answered.text);
    assert.equal(answered.headers.get('content-encoding'), undefined);
    assert.equal(chat.said(answered.text, streamed), text);
  });
}

test('a compressed error keeps its status and its words', async () => {
  const error = JSON.stringify({
    error: { message: 'It is so.', type: 'invalid_request_error', param: null, code: null },
  });
  await using at = await world({
    a: ['openai-chat', [step.gzip(), step.head(400, { 'content-type': 'application/json' }), step.write(error)]],
  });
  for (const streamed of [true, false]) {
    const { path, body } = chat.question(streamed);
    const answered = await ask(at.url + path, { body });
    assert.equal(answered.status, 400);
    assert.equal((answered.json() as { error: { message: string } }).error.message, 'It is so.');
  }
});

// S-19, S-24
for (const tongue of tongues) {
  if (tongue.dialect === 'google-generate') continue;
  test(`heartbeats fill silence before the first byte and in the middle of an event, and stand in no event (${tongue.dialect})`, async () => {
    const { beginning, content, ending } = tongue.stream;
    const [first, ...rest] = content.map((frame) => written(tongue, frame));
    assert.ok(first !== undefined);
    const script: Script = [
      step.sleep(150),
      head,
      step.write(written(tongue, ...beginning) + first.slice(0, 20)),
      step.sleep(150),
      step.write(first.slice(20)),
      step.sleep(150),
      step.write(rest.join('') + written(tongue, ...ending)),
    ];
    const { path, body } = tongue.question(true);
    for (const heartbeatMs of [20, 0]) {
      await using at = await world({ a: [tongue.dialect, script] }, { limits: { heartbeatMs } });
      const { body: bytes, text: got } = await ask(at.url + path, { body });
      assert.deepEqual(validateSse(bytes), []);
      // Pings before the message are no event to clients of Messages; the validator knows what the vendor's own servers send.
      const begun = Buffer.from(got.replace(/^(?:event: ping\ndata: .*\n\n)+/, ''));
      assert.deepEqual(tongue.faultsOfStream(begun, { ended: 'ok' }), [], got);
      assert.equal(tongue.said(got, true), text);
      const beats = [...got.matchAll(/^(?:: ?.*|event: ping)$/gm)].map(({ index }) => index);
      const own = tongue.dialect === 'anthropic-messages' ? 1 : 0;
      if (heartbeatMs === 0) assert.equal(beats.length, own);
      else assert.ok(beats.length >= 2 && beats.some((place) => place < got.indexOf('data: {')), got);
    }
  });
}

// S-21
test('heartbeats to the client do not keep a stalled upstream', async () => {
  const { beginning, content } = chat.stream;
  const script: Script = [head, step.write(written(chat, ...beginning, ...content.slice(0, 2))), step.stall()];
  await using at = await world(
    { a: ['openai-chat', script] },
    { limits: { heartbeatMs: 20 }, upstream: { timeouts: { idleMs: 300 } } },
  );
  const { path, body } = chat.question(true);
  const answered = await ask(at.url + path, { body });
  assert.deepEqual(chat.faultsOfStream(answered.body, { ended: 'error' }), [], answered.text);
  assert.match(answered.text, /^: /m);
  assert.equal(at.served.settled[0]?.settlement.outcome, 'timeout');
  assert.equal(at.served.gateway.inFlight, 0);
  await at.at('a').requests[0]?.closed;
});

// S-07, S-08
const unfinished: readonly (readonly [what: string, frames: SseFrame[], reason: string])[] = [
  [
    'a text',
    [chunkOf({ role: 'assistant', content: 'Hel' }, undefined), chunkOf({ content: 'lo' }, undefined)],
    'stop',
  ],
  [
    'a call',
    [
      chunkOf(
        {
          role: 'assistant',
          tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } }],
        },
        undefined,
      ),
    ],
    'tool_calls',
  ],
];
for (const [what, frames, reason] of unfinished) {
  test(`${what} that ends by its end mark alone, and never says a finish reason, is finished for its client where answers are written anew`, async () => {
    const script = [head, step.write(written(chat, ...frames, '[DONE]'))];
    await using at = await world({ a: ['openai-chat', script, { quirks: { normalise: true } }] });
    const { path, body } = chat.question(true);
    const answered = await ask(at.url + path, { body });
    assert.deepEqual(validateChatStream(answered.body, { ended: 'ok', written: true }), [], answered.text);
    assert.match(answered.text, new RegExp(`"finish_reason":"${reason}"`));
  });
}

test('an error in the middle of a stream is told to its client in its words, and nothing of the inside', async () => {
  // S-10
  for (const tongue of tongues) {
    const { beginning, content } = tongue.stream;
    const frames = [...beginning, ...content.slice(0, 2)];
    const script: Script = [
      head,
      ...frames.map((frame) => step.write(written(tongue, frame))),
      step.sleep(20),
      step.write(written(tongue, tongue.errorFrame('The model is overloaded.'))),
    ];
    await using at = await world({ a: [tongue.dialect, script] });
    const { path, body } = tongue.question(true);
    const answered = await ask(at.url + path, { body });
    assert.match(answered.text, /The model is overloaded\./, tongue.dialect);
    assert.doesNotMatch(answered.text, /\[DONE\]|node:|\.ts:\d|Zod|Bad Gateway/, tongue.dialect);
    assert.deepEqual(tongue.faultsOfStream(answered.body, { ended: 'error' }), [], answered.text);
    assert.equal(at.served.settled[0]?.settlement.outcome, 'upstream-error');
  }
});
