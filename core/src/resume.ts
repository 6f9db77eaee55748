import type { ChatEvent, PartStartEvent } from './canonical/events.ts';
import type { ChatRequest } from './canonical/request.ts';
import type { ReplyWriter } from './dialect.ts';
import { ask, type Asked } from './attempt.ts';
import { coreErrors, type GatewayError } from './errors.ts';
import { asGatewayError } from './failure.ts';
import type { House } from './house.ts';
import type { LiveExchange } from './live-exchange.ts';
import { type FlowSource, writerFor } from './open-flow.ts';
import type { Target } from './provider.ts';

type Kind = 'text' | 'tool-call';

/** A part of the answer that the client has seen already. */
interface Delivered {
  readonly part: string;
  readonly kind: Kind;
  readonly name: string | undefined;
  text: string;
  ended: boolean;
}

/** The text and calls that went out, in order; reasoning is not held against the next target. */
function deliveredParts(events: readonly ChatEvent[]): readonly Delivered[] {
  const parts = new Map<string, Delivered>();
  for (const event of events) {
    if (event.type === 'part-start' && event.choice === 0 && (event.kind === 'text' || event.kind === 'tool-call')) {
      parts.set(event.part, { part: event.part, kind: event.kind, name: event.name, text: '', ended: false });
    }
    const part = 'part' in event && event.part !== undefined ? parts.get(event.part) : undefined;
    if (part !== undefined && event.type === 'part-delta') part.text += event.text;
    if (part !== undefined && event.type === 'part-end') part.ended = true;
  }
  return [...parts.values()].filter((part) => part.text !== '' || part.kind === 'tool-call');
}

/** Whether an answer that broke off here can be gone on with: one choice, and nothing that cannot be compared. */
function resumable(events: readonly ChatEvent[]): boolean {
  return !events.some(
    (event) =>
      ('choice' in event && event.choice !== undefined && event.choice > 0) ||
      (event.type === 'part-start' &&
        (event.kind === 'media' ||
          event.kind === 'opaque' ||
          event.kind === 'refusal' ||
          event.executedBy === 'provider')) ||
      event.type === 'finish',
  );
}

/** The request with what the client has seen as the beginning of the answer, for a target that goes on from there. */
function prefilled(request: ChatRequest, delivered: readonly Delivered[]): ChatRequest | undefined {
  if (delivered.length === 0 || delivered.some((part) => part.kind !== 'text')) return undefined;
  const text = delivered.map((part) => part.text).join('');
  return { ...request, turns: [...request.turns, { role: 'assistant', parts: [{ kind: 'text', text }] }] };
}

/**
 * Reads the next target's answer as the rest of the one that broke off. With `replay` the answer begins anew: what agrees with
 * what was delivered is swallowed, the rest goes on in the same parts, and the first disagreement ends it with an error.
 * With `prefill` the answer already begins where the other stopped.
 */
class Continuation {
  readonly #delivered: readonly Delivered[];
  /** New part ids to the delivered parts they go on with. */
  readonly #same = new Map<string, { readonly part: Delivered; at: number }>();
  readonly #skipped = new Set<string>();
  readonly #fresh = new Map<string, string>();
  #next = 0;
  #failed = false;

  constructor(delivered: readonly Delivered[], by: 'replay' | 'prefill') {
    this.#delivered = by === 'replay' ? delivered : delivered.slice(-1).map((part) => ({ ...part, text: '' }));
  }

  /** What of the next target's events the client has not seen yet, in the words of the answer that it has begun to read. */
  follow(events: readonly ChatEvent[]): readonly ChatEvent[] {
    const out: ChatEvent[] = [];
    for (const event of events) {
      if (this.#failed) break;
      this.#one(event, out);
    }
    return out;
  }

  #one(event: ChatEvent, out: ChatEvent[]): void {
    switch (event.type) {
      case 'start':
        break;
      case 'part-start':
        this.#begin(event, out);
        break;
      case 'part-delta':
        this.#delta(event.part, event.text, event, out);
        break;
      case 'part-end':
        this.#endPart(event.part, event, out);
        break;
      case 'source':
        break;
      case 'finish':
        if (this.#behind()) this.#disagree(out);
        else out.push(event);
        break;
      case 'usage':
      case 'error':
      case 'ping':
      case 'opaque':
        out.push(event);
    }
  }

  #begin(event: PartStartEvent, out: ChatEvent[]): void {
    if (event.kind === 'reasoning' && this.#delivered.length > 0) {
      this.#skipped.add(event.part);
      return;
    }
    const expected = this.#delivered[this.#next];
    if (expected === undefined) {
      const id = `r${this.#fresh.size}-${event.part}`;
      this.#fresh.set(event.part, id);
      out.push({ ...event, part: id });
      return;
    }
    if (event.kind !== expected.kind || (event.kind === 'tool-call' && event.name !== expected.name)) {
      this.#disagree(out);
      return;
    }
    this.#next += 1;
    this.#same.set(event.part, { part: expected, at: 0 });
  }

  #delta(part: string, text: string, event: ChatEvent, out: ChatEvent[]): void {
    if (this.#skipped.has(part)) return;
    const same = this.#same.get(part);
    if (same === undefined) {
      out.push({ ...event, part: this.#fresh.get(part) ?? part } as ChatEvent);
      return;
    }
    const known = same.part.text.slice(same.at, same.at + text.length);
    if (!text.startsWith(known)) {
      this.#disagree(out);
      return;
    }
    same.at += known.length;
    const rest = text.slice(known.length);
    if (rest === '') return;
    if (same.part.ended) this.#disagree(out);
    else out.push({ type: 'part-delta', part: same.part.part, text: rest });
  }

  #endPart(part: string, event: ChatEvent, out: ChatEvent[]): void {
    if (this.#skipped.has(part)) return;
    const same = this.#same.get(part);
    if (same === undefined) out.push({ ...event, part: this.#fresh.get(part) ?? part } as ChatEvent);
    else if (same.at < same.part.text.length) this.#disagree(out);
    else if (!same.part.ended) out.push({ ...event, part: same.part.part } as ChatEvent);
  }

  /** Something that was delivered has not come again. */
  #behind(): boolean {
    if (this.#next < this.#delivered.length) return true;
    return [...this.#same.values()].some(({ part, at }) => at < part.text.length);
  }

  #disagree(out: ChatEvent[]): void {
    this.#failed = true;
    out.push({ type: 'error', error: coreErrors.RESUME_DISAGREED() });
  }
}

/** What a resumed attempt goes on with. */
export interface Resumption {
  /** The failure it is to make good; it stands where the resume fails too. */
  readonly original: GatewayError;
  readonly asked: Asked;
  readonly source: NonNullable<FlowSource['resumed']>;
}

/** Another target's attempt at going on where the answer broke off, or in words why that is not possible. */
export function resumption(
  house: House,
  exchange: LiveExchange,
  target: Target,
  by: 'replay' | 'prefill',
  original: GatewayError,
): Resumption | string {
  const log = exchange.keeper?.log;
  const provider = house.providers.get(target.provider);
  const request = exchange.read();
  if (log === undefined || log.overflowed || request === undefined) return 'what was delivered is not kept';
  if (provider === undefined) return `nobody provides ${target.provider}`;
  if (exchange.transforms.length > 0) return 'a plugin transforms the answer';
  const events = log.events().filter((event) => event.type !== 'error');
  if (!resumable(events)) return 'what was delivered cannot be compared';
  const delivered = deliveredParts(events);
  const instead = by === 'prefill' ? prefilled(request, delivered) : undefined;
  if (by === 'prefill' && instead === undefined) return 'only text can be gone on with by a prefill';
  try {
    const asked = ask(exchange, provider, target, house, instead);
    const rest = new Continuation(delivered, by);
    const source = { follow: rest.follow.bind(rest), writer: primedWriter(exchange, events) };
    return { original, asked, source };
  } catch (error) {
    return asGatewayError(error).message;
  }
}

/** A writer that has written what the client has seen. */
function primedWriter(exchange: LiveExchange, events: readonly ChatEvent[]): ReplyWriter {
  const writer = writerFor(exchange);
  for (const event of events) writer.push(event);
  return writer;
}
