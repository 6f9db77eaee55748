import {
  coreErrors,
  definePlugin,
  emptyBody,
  type ChatEvent,
  type ChatRequest,
  type Dialect,
  type Plugin,
  type ReplyObserver,
  type ReplyWriter,
  type WriterContext,
} from '@tapgate/core';

const request: ChatRequest = {
  model: 'stub',
  instructions: [],
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'Hello' }] }],
  tools: [],
  output: {},
  sampling: {},
  stream: false,
  wantUsage: true,
  ext: {},
};

const answer: readonly ChatEvent[] = [
  { type: 'start', id: 'stub', model: 'stub' },
  { type: 'part-start', part: 'text', choice: 0, kind: 'text' },
  { type: 'part-delta', part: 'text', text: 'Hello.' },
  { type: 'part-end', part: 'text' },
  { type: 'usage', usage: { input: 5, output: 2, cacheRead: 0, cacheWrite: 0, reasoning: 0, estimated: false } },
  { type: 'finish', choice: 0, reason: 'stop' },
];

const observer: ReplyObserver = {
  event: () => 0,
  whole: () => 0,
  usage: undefined,
  model: undefined,
  error: undefined,
  complete: true,
  fail: (error) => Buffer.from(`${error.code}\n`),
};

/** Writes the text of an answer and nothing else. */
function writer({ streamed }: WriterContext): ReplyWriter {
  let held = '';
  return {
    contentType: 'text/plain',
    push: (event) => {
      if (event.type !== 'part-delta') return undefined;
      if (streamed) return event.text;
      held += event.text;
      return undefined;
    },
    end: () => (streamed ? '\n' : `${held}\n`),
    fail: (error) => `${error.code}\n`,
  };
}

const modelIn = (path: string): string => decodeURIComponent(path.split('/')[3] ?? '');

/** A dialect that asks for a model by its path, and knows one question and answers in text. */
const dialect: Dialect = {
  name: 'stub',
  routes: ['chat', 'stream'].map((word) => ({ method: 'POST', path: `/stub/${word}/:model`, operation: 'chat' })),
  translates: ['chat'],
  peek: ({ path }) => ({ model: modelIn(path), streamed: path.includes('/stream/') }),
  nativeRequest: () => ({ body: emptyBody, path: '/', method: 'POST', headers: new Map(), losses: [] }),
  readRequest: ({ path }) => ({ ...request, model: modelIn(path), stream: path.includes('/stream/') }),
  writeRequest: () => ({ body: emptyBody, path: '/', method: 'POST', headers: new Map(), losses: [] }),
  reader: () => ({ push: () => [], end: () => answer }),
  observer: () => observer,
  writer,
  readError: (status) => ({ kind: 'server', status, message: 'It failed.' }),
  writeError: (error) => ({ status: error.status, contentType: 'text/plain', body: `${error.code}\n` }),
};

/** A provider without a network: its model `good` answers, `bad` fails, `cut` fails in the middle, and `slow` never answers. */
export const stub: Plugin = definePlugin({
  name: 'test-kit-stub',
  apiVersion: 1,
  schema: { type: 'object', additionalProperties: false },
  apply(gateway) {
    gateway.dialect(dialect);
    gateway.provider({
      name: 'test-kit-stub',
      dialects: [],
      credentials: [],
      takesBareNames: false,
      capabilities: () => ({}),
      call: async ({ target, signal }) => {
        if (target.model === 'bad') throw coreErrors.UPSTREAM_FAILED({ message: 'It failed.' });
        if (target.model === 'slow') await new Promise((_resolve, reject) => signal.addEventListener('abort', reject));
        if (target.model !== 'cut') return { events: answer };
        return {
          events: [...answer.slice(0, 3), { type: 'error', error: coreErrors.UPSTREAM_FAILED({ message: 'Cut.' }) }],
        };
      },
    });
  },
});
