import { collectBytes, scrubMessage, type ByteStream, type NativeReply } from '@tapgate/core';
import { eachRuleBroken } from '../../../subjects/broken-rules.ts';
import { toyPlugin, type ToyChanges } from '../../../subjects/toy-provider.ts';
import { toyWire } from '../../../subjects/toy-wire.ts';
import { providerRules } from './provider-contract.ts';
import type { ProviderSubject } from './subject.ts';

const secret = 'sk-toy-0123456789abcdef0123456789';

function subjectOf(changes: ToyChanges = {}): ProviderSubject {
  return {
    create: (origin) => ({
      provider: 'toy',
      plugins: [[toyPlugin(changes), { baseUrl: `${origin}/base`, apiKey: secret }]],
    }),
    credential: { header: 'authorization', value: `Bearer ${secret}` },
    secrets: [secret],
    dialects: [toyWire],
  };
}

const broken = (changes: ToyChanges) => (): ProviderSubject => subjectOf(changes);

/** An answer whose bytes end well although they broke off. */
function mended(bytes: ByteStream): ByteStream {
  return {
    pipe: (sink) =>
      bytes.pipe({
        data: (chunk) => sink.data(chunk),
        end: () => {
          sink.data(Buffer.from('data: {"end":"stop"}\n\n'));
          sink.end();
        },
        fail: () => {
          sink.data(Buffer.from('"}\n\ndata: {"end":"stop"}\n\n'));
          sink.end();
        },
      }),
  };
}

eachRuleBroken('the contract of a provider', providerRules, () => subjectOf(), {
  'it is asked at the right path, for the right model, streamed or not as the client asked': broken({
    options: () => ({ prepare: (request) => ({ ...request, path: `${request.path}/completions` }) }),
  }),
  'its answer reaches the client, streamed and whole': broken({
    provider: (good) => ({
      call: async (attempt) => {
        const reply = await good.call(attempt);
        if (attempt.streamed || !reply.bytes || (reply.status ?? 200) >= 400) return reply;
        await collectBytes(reply.bytes);
        return { events: [{ type: 'start' }, { type: 'finish', choice: 0, reason: 'stop' }] };
      },
    }),
  }),
  "it is sent its own credential, and nothing of the client's": broken({
    options: () => ({
      own: ['x-client-key'],
      prepare: (request, { exchange }) => {
        const key = exchange.credential?.reveal() ?? '';
        return { ...request, headers: new Map([...request.headers, ['x-client-key', key]]) };
      },
    }),
  }),
  'a model name that would lead elsewhere is encoded or refused': broken({
    options: () => ({
      prepare: (request, { target }) => ({
        ...request,
        path: `${request.path.replace('/chat', '')}/${target.model}/chat`,
      }),
    }),
  }),
  'its credential shows in no error, no log and no printed object': broken({
    options: ({ apiKey }, { log }) => ({
      prepare: (request) => {
        log.debug({ headers: { authorization: `Bearer ${apiKey.reveal()}` } }, 'calling');
        return request;
      },
    }),
  }),
  'its errors are told apart: whom they blame, and what the client is told': broken({
    options: () => ({
      readError: (status, _headers, body) => ({
        status,
        kind: 'server',
        message: scrubMessage(Buffer.from(body).toString('utf8')).replaceAll('<h1>', ''),
      }),
    }),
  }),
  'an answer that breaks off is an error for the client, however it breaks': broken({
    provider: (good) => ({
      call: async (attempt) => {
        const reply = (await good.call(attempt)) as NativeReply;
        return reply.streamed ? { ...reply, bytes: mended(reply.bytes) } : reply;
      },
    }),
  }),
  'it asks once, and leaves it to others to try again': broken({
    provider: (good) => ({
      call: async (attempt) => {
        const reply = await good.call(attempt);
        return reply.status === 500 ? good.call(attempt) : reply;
      },
    }),
  }),
  'it is left at once when its client leaves: before it answers, in a stream, and in a document': broken({
    options: () => ({ prepare: (request) => ({ ...request, signal: new AbortController().signal }) }),
  }),
});
