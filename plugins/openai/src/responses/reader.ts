import {
  asNumber,
  asString,
  coreErrors,
  createEventReader,
  isObject,
  parseObject,
  RepeatedEvent,
  type Capabilities,
  type ChatEvent,
  type FinishReason,
  type JsonObject,
  type ReplyReader,
} from '@tapgate/core';
import { extOf } from './own.ts';
import { failureEvent, malformed, readFailure } from './read-failure.ts';
import { OutputReader } from './read-output.ts';
import { readUsage } from './read-usage.ts';
import { responseFields } from './response-fields.ts';

/** Bytes of one event, or of a whole answer: images come inside. */
export const maxEventBytes: number = 64 * 1024 * 1024;

/** Reads an answer of the Responses API. */
export function createReader(of: {
  readonly streamed: boolean;
  readonly provider: string;
  readonly able: Capabilities;
}): ReplyReader {
  return of.streamed ? new StreamReader(of.provider) : new WholeReader(of.provider);
}

/** What both kinds of answers have in common: the response object, from its beginning to its end. */
class ResponseReader {
  readonly output: OutputReader;
  readonly #provider: string;
  #started = false;
  over = false;

  constructor(provider: string) {
    this.#provider = provider;
    this.output = new OutputReader(provider);
  }

  start(response: JsonObject): ChatEvent[] {
    if (this.#started) return [];
    this.#started = true;
    const id = asString(response['id']);
    const model = asString(response['model']);
    const created = asNumber(response['created_at']);
    return [
      {
        type: 'start',
        ...(id && { id }),
        ...(model && { model }),
        ...(created !== undefined && { created: Math.floor(created) }),
        ...extOf({ ...responseFields(response) }, { $response: true }),
      },
    ];
  }

  /** The response at its end, well or not. */
  finish(response: JsonObject): ChatEvent[] {
    const usage = readUsage(response);
    const counted: ChatEvent[] = usage === undefined ? [] : [{ type: 'usage', usage }];
    const begun = this.start(response);
    this.over = true;
    if (response['status'] === 'failed') return [...begun, ...counted, failureEvent(readFailure({ response }))];
    this.output.finish(response['output']);
    const status = asString(response['status']) ?? 'completed';
    const finish: ChatEvent = {
      type: 'finish',
      choice: 0,
      reason: this.#reason(status, response),
      raw: incompleteReason(response) ?? status,
      ...extOf(responseFields(response), { $status: status }),
    };
    return [...begun, ...this.output.take(), ...counted, finish];
  }

  fail(json: JsonObject): ChatEvent[] {
    this.over = true;
    return [failureEvent(readFailure(json))];
  }

  broken(reason: string): ChatEvent[] {
    this.over = true;
    return [malformed(this.#provider, reason)];
  }

  truncated(): ChatEvent[] {
    if (this.over) return [];
    this.over = true;
    return [
      { type: 'error', error: coreErrors.UPSTREAM_TRUNCATED({ provider: this.#provider }, { kind: 'truncated' }) },
    ];
  }

  /** There is no word for it on the wire: that a client must run a tool shows in the output alone. */
  #reason(status: string, response: JsonObject): FinishReason {
    const why = incompleteReason(response);
    if (status === 'incomplete') {
      return why === 'max_output_tokens' ? 'length' : why === 'content_filter' ? 'content-filter' : 'other';
    }
    if (status === 'cancelled') return 'cancelled';
    if (status === 'queued' || status === 'in_progress') return 'other';
    if (this.output.called) return 'tool-calls';
    return this.output.refused ? 'refusal' : 'stop';
  }
}

function incompleteReason(response: JsonObject): string | undefined {
  const details = response['incomplete_details'];
  return isObject(details) ? asString(details['reason']) : undefined;
}

const ends: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete', 'response.failed']);

/** Running numbers, and padding against guesses by length, say nothing. */
const changing = { texts: ['delta'], unheard: ['sequence_number', 'obfuscation'] };

class StreamReader implements ReplyReader {
  readonly #events = createEventReader({ maxEventBytes });
  readonly #response: ResponseReader;
  readonly #provider: string;
  readonly #repeated = new RepeatedEvent(changing);
  #whole: WholeReader | undefined;
  #begun = false;

  constructor(provider: string) {
    this.#provider = provider;
    this.#response = new ResponseReader(provider);
  }

  push(chunk: Uint8Array): readonly ChatEvent[] {
    if (!this.#begun) this.#begin(chunk);
    if (this.#whole !== undefined) return this.#whole.push(chunk);
    const out: ChatEvent[] = [];
    for (const { data } of this.#response.over ? [] : this.#events.push(chunk)) this.#data(data, out);
    return out;
  }

  end(): readonly ChatEvent[] {
    if (this.#whole !== undefined) return this.#whole.end();
    const out: ChatEvent[] = [];
    for (const { data } of this.#response.over ? [] : this.#events.end()) this.#unfinished(data, out);
    out.push(...this.#response.truncated());
    return out;
  }

  /** An object where a stream should be: an error, as a rule, under status 200. */
  #begin(chunk: Uint8Array): void {
    const first = chunk.find((byte) => byte > 0x20);
    if (first === undefined) return;
    this.#begun = true;
    if (first === 0x7b) this.#whole = new WholeReader(this.#provider);
  }

  /** What no blank line closed is an event if it is one to its last byte. */
  #unfinished(data: string | undefined, out: ChatEvent[]): void {
    if (data !== undefined && parseObject(data) !== undefined) this.#data(data, out);
  }

  #data(data: string | undefined, out: ChatEvent[]): void {
    if (data === undefined || data === '' || data === '[DONE]' || this.#response.over) return;
    const more = this.#repeated.again(data);
    const { spoken } = this.#response.output;
    if (more && spoken !== undefined) {
      spoken.text.add(more);
      out.push({ type: 'part-delta', part: spoken.id, text: more });
      return;
    }
    const event = parseObject(data);
    if (event === undefined) {
      out.push(...this.#response.broken('an event is not JSON'));
      return;
    }
    const type = asString(event['type']) ?? '';
    const events = this.#event(type, event);
    out.push(...events);
    const [said] = type.endsWith('.delta') && events.length === 1 ? events : [];
    if (said?.type === 'part-delta' && said.logprobs === undefined) this.#repeated.learn(data, said.text);
    else this.#repeated.forget();
  }

  #event(type: string, event: JsonObject): readonly ChatEvent[] {
    const response = isObject(event['response']) ? event['response'] : undefined;
    if (ends.has(type)) return this.#end(type, response ?? {});
    if (type === 'error' || (isObject(event['error']) && !type.startsWith('response.')))
      return this.#response.fail(event);
    if (type === 'keepalive') return [{ type: 'ping' }];
    if (response !== undefined) return type === 'response.created' ? this.#response.start(response) : [];
    this.#response.output.event(type, event);
    return this.#response.output.take();
  }

  #end(type: string, response: JsonObject): readonly ChatEvent[] {
    return this.#response.finish({ status: type.slice('response.'.length), ...response });
  }
}

class WholeReader implements ReplyReader {
  readonly #chunks: Uint8Array[] = [];
  readonly #response: ResponseReader;
  #length = 0;

  constructor(provider: string) {
    this.#response = new ResponseReader(provider);
  }

  push(chunk: Uint8Array): readonly ChatEvent[] {
    this.#length += chunk.byteLength;
    if (this.#length > maxEventBytes) return this.#response.over ? [] : this.#response.broken('it is too large');
    this.#chunks.push(chunk);
    return [];
  }

  end(): readonly ChatEvent[] {
    if (this.#response.over) return [];
    const text = Buffer.concat(this.#chunks, this.#length).toString('utf8');
    if (text.trim() === '') return this.#response.truncated();
    const json = parseObject(text);
    if (json === undefined) return this.#response.broken('it is not a JSON object');
    if (isObject(json['error']) && json['status'] !== 'failed') return this.#response.fail(json);
    if (!('output' in json) && !('status' in json)) return this.#response.broken('it is not a response');
    return this.#response.finish(json);
  }
}
