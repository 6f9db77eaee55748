import {
  asNumber,
  asString,
  type ByteControl,
  type ByteSink,
  type ByteStream,
  collectBytes,
  coreErrors,
  type NativeReply,
  parseObject,
  type Reply,
  writeEvent,
} from '@tapgate/core';
import { FrameBroken, type Frame, readFrame } from '../frames/frame.ts';
import { FrameSplitter } from '../frames/split-frames.ts';
import { readException } from '../read-error.ts';

const MAX_FRAME_BYTES = 64 * 1024 * 1024;
const MAX_COUNT_BYTES = 65_536;

/** The word of Claude's own API for each kind of error that a stream may break off with. */
const words: Readonly<Record<string, string>> = {
  'invalid-request': 'invalid_request_error',
  'context-length': 'invalid_request_error',
  permission: 'permission_error',
  'not-found': 'not_found_error',
  'rate-limit': 'rate_limit_error',
  overloaded: 'overloaded_error',
  timeout: 'timeout_error',
};

/** An answer to `claudeRequest` as Claude's own API would give it. Errors stay as they are, to be read as this place's. */
export async function claudeReply(reply: Reply, operation: string, provider: string): Promise<Reply> {
  if (reply.bytes === undefined || (reply.status ?? 200) >= 400) return reply;
  if (operation === 'count-tokens') return countReply(reply);
  const type = reply.headers?.get('content-type') ?? '';
  if (!type.includes('amazon.eventstream')) return reply;
  const headers = new Map(reply.headers).set('content-type', 'text/event-stream; charset=utf-8');
  return { ...reply, headers, streamed: true, bytes: serverSentEvents(reply.bytes, provider) };
}

/** The count under the name that Claude's clients know it by. */
async function countReply(reply: NativeReply): Promise<Reply> {
  const bytes = await collectBytes(reply.bytes, MAX_COUNT_BYTES);
  const count = asNumber(parseObject(Buffer.from(bytes).toString('utf8'))?.['inputTokens']);
  const body = count === undefined ? bytes : Buffer.from(JSON.stringify({ input_tokens: count }));
  const headers = new Map(reply.headers);
  headers.delete('content-length');
  return { ...reply, headers, streamed: false, bytes: { pipe: (sink) => oneChunk(sink, body) } };
}

function oneChunk(sink: ByteSink, bytes: Uint8Array): ByteControl {
  let over = false;
  queueMicrotask(() => {
    if (over) return;
    sink.data(bytes);
    sink.end();
  });
  return {
    pause: () => {},
    resume: () => {},
    abort: () => {
      over = true;
    },
  };
}

/** Binary messages, each with one event of Claude's own API in base64, as that API's stream. */
function serverSentEvents(bytes: ByteStream, provider: string): ByteStream {
  return {
    pipe(sink) {
      const splitter = new FrameSplitter(MAX_FRAME_BYTES);
      let over = false;
      let control: ByteControl | undefined;
      const broke = (reason: string): void => {
        over = true;
        sink.fail(coreErrors.UPSTREAM_MALFORMED({ provider, reason }));
        control?.abort();
      };
      control = bytes.pipe({
        data(chunk) {
          if (over) return;
          const { text, broken } = eventsIn(chunk, splitter);
          if (text !== '') sink.data(Buffer.from(text));
          if (broken !== undefined) broke(broken);
        },
        // What is left of a message that was cut is no event: the reader misses the end mark.
        end: () => {
          if (!over) sink.end();
        },
        fail: (error) => {
          if (!over) sink.fail(error);
        },
      });
      if (over) control.abort();
      return control;
    },
  };
}

/** The events that a chunk completes, and why there will be no more, if it broke. */
function eventsIn(chunk: Uint8Array, splitter: FrameSplitter): { readonly text: string; readonly broken?: string } {
  let text = '';
  try {
    splitter.push(chunk, (frame) => {
      text += eventOf(readFrame(frame));
    });
  } catch (error) {
    if (!(error instanceof FrameBroken)) throw error;
    return { text, broken: error.message };
  }
  return { text };
}

/** One message as an event. Clients look at its name alone, so that it must be there. */
function eventOf({ headers, payload }: Frame): string {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8');
  const type = headers[':message-type'];
  if (type === 'exception' || type === 'error')
    return errorEvent(headers[':exception-type'] ?? headers[':error-code'], headers[':error-message'] ?? text);
  const encoded = asString(parseObject(text)?.['bytes']);
  if (encoded === undefined) return '';
  const data = Buffer.from(encoded, 'base64').toString('utf8');
  const event = nameOf(data);
  return event === undefined ? writeEvent({ data }) : writeEvent({ event, data });
}

/** Most events begin with their type. */
function nameOf(data: string): string | undefined {
  return /^\{"type":"([a-z_]+)"/.exec(data)?.[1] ?? asString(parseObject(data)?.['type']);
}

function errorEvent(type: string | undefined, payload: string): string {
  const { kind, message } = readException(type, payload);
  const error = { type: words[kind] ?? 'api_error', message };
  return writeEvent({ event: 'error', data: JSON.stringify({ type: 'error', error }) });
}
