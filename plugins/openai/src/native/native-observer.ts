import {
  asNumber,
  defined,
  isObject,
  readEvent,
  seen,
  type GatewayError,
  type Json,
  type JsonObject,
  type ReplyObserver,
  type UpstreamError,
  type Usage,
} from '@tapgate/core';
import { billedNanos } from '../billed-nanos.ts';
import { answerError, isErrorBody } from '../chat/errors/answer-error.ts';
import { ChatObserver } from '../chat/reply/chat-observer.ts';
import { readWhole } from '../chat/reply/read-chunk.ts';
import { readUsage, usageIn } from '../chat/reply/usage.ts';

/** Ends of the streams of images and of speech: the last event's type ends so. */
const ends = /\.(completed|done)$/;

/** Looks at answers that are no conversation: vectors, pictures, verdicts, transcripts. They are few events, and large ones. */
export class NativeObserver implements ReplyObserver {
  readonly #operation: string;
  #marked = false;
  usage: Usage | undefined;
  model: string | undefined;
  error: UpstreamError | undefined;

  constructor(of: { readonly operation: string }) {
    this.#operation = of.operation;
  }

  get complete(): boolean {
    return this.#marked;
  }

  event(bytes: Uint8Array): number {
    const { event, data } = readEvent(bytes);
    const text = data?.trim();
    if (text === undefined || text === '') return 0;
    if (text === '[DONE]') {
      this.#marked = true;
      return seen.terminal;
    }
    const json = readWhole(text);
    if (json === undefined) return seen.broken;
    if (event === 'error' || isErrorBody(json)) return this.#failed(json);
    this.#read(json);
    const type = json['type'];
    if (typeof type !== 'string' || !ends.test(type)) return seen.content;
    this.#marked = true;
    return seen.content | seen.terminal;
  }

  whole(bytes: Uint8Array): number {
    this.#marked = true;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').trim();
    // Transcripts may be plain text, and so may begin with anything.
    const isPlain = this.#operation === 'transcriptions' && !text.startsWith('{');
    if (isPlain || this.#operation === 'speech') return seen.content | seen.terminal;
    const json = readWhole(text);
    if (json === undefined) return text.startsWith('[') ? seen.content | seen.terminal : seen.broken;
    if (isErrorBody({ choices: null, ...json })) return this.#failed(json);
    this.#read(json);
    return seen.content | seen.terminal;
  }

  fail(error: GatewayError): Uint8Array {
    return new ChatObserver({ wantUsage: true }).fail(error);
  }

  #failed(json: JsonObject): number {
    this.error = answerError(json);
    return seen.error;
  }

  #read(json: JsonObject): void {
    if (typeof json['model'] === 'string') this.model = json['model'];
    const raw = usageIn(json);
    if (raw !== undefined) this.usage = usageOf(raw);
  }
}

/** Pictures and speech count `input_tokens` and `output_tokens`; vectors count as a prompt. */
function usageOf(raw: JsonObject): Usage {
  if (raw['input_tokens'] === undefined) return { ...readUsage(withPrompt(raw)), raw };
  const details = isObject(raw['input_tokens_details']) ? raw['input_tokens_details'] : {};
  const image = tokens(details['image_tokens']);
  const audio = tokens(details['audio_tokens']);
  return {
    input: tokens(raw['input_tokens']),
    cacheRead: 0,
    cacheWrite: 0,
    output: tokens(raw['output_tokens']),
    reasoning: 0,
    ...(image > 0 && { inputImage: image }),
    ...(audio > 0 && { inputAudio: audio }),
    ...defined({ billedNanos: billedNanos(raw) }),
    estimated: false,
    raw,
  };
}

/** A number of tokens that can be one. */
function tokens(value: Json | undefined): number {
  const number = asNumber(value) ?? 0;
  return Number.isFinite(number) && number > 0 ? number : 0;
}

/** Some servers of vectors tell the sum alone. */
function withPrompt(raw: JsonObject): JsonObject {
  return raw['prompt_tokens'] === undefined ? { ...raw, prompt_tokens: raw['total_tokens'] } : raw;
}
