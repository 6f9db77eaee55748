import { asString, parseObject } from '../json/json.ts';
import { RawJson } from '../json/raw-json.ts';
import type { ReplyWriter } from '../dialect.ts';
import type { ChatEvent, PartEndEvent } from './events.ts';
import type { ChatRequest, CustomTool } from './request.ts';

/**
 * The arguments of the function that stands in for a tool of free text, where a target knows only functions: one text, with
 * the grammar that it should follow in words. What the function is called with goes back to the client as the text alone.
 */
export function standInSchema({ format }: CustomTool): RawJson {
  const description = grammarIn(format);
  const properties = { input: { type: 'string', ...(description !== undefined && { description }) } };
  const schema = { type: 'object', properties, required: ['input'] };
  return new RawJson(JSON.stringify(schema), schema);
}

/** The free text of a call as the arguments of the stand-in. */
export function standInArguments(input: string): string {
  return JSON.stringify({ input });
}

function grammarIn(format: CustomTool['format']): string | undefined {
  const definition = asString(format?.['definition']);
  if (definition === undefined) return undefined;
  return `Text that follows this ${asString(format?.['syntax']) ?? ''} grammar:\n${definition}`;
}

/** The writer with calls of stand-ins turned into those of the client's own tools of free text; the very writer where it has none. */
export function withCustomCalls(writer: ReplyWriter, request: ChatRequest): ReplyWriter {
  const names = new Set(request.tools.flatMap((tool) => (tool.kind === 'custom' ? [tool.name] : [])));
  if (names.size === 0) return writer;
  const calls = new CustomCalls(names);
  return {
    contentType: writer.contentType,
    push: (event) => calls.take(event).reduce<Out>((out, taken) => joined(out, writer.push(taken)), undefined),
    end: () => writer.end(),
    fail: (error) => writer.fail(error),
  };
}

type Out = string | Uint8Array | undefined;

function joined(one: Out, other: Out): Out {
  if (one === undefined || other === undefined) return one ?? other;
  if (typeof one === 'string' && typeof other === 'string') return one + other;
  return Buffer.concat([Buffer.from(one), Buffer.from(other)]);
}

/** Gives back the free text of calls of stand-ins, piece by piece. Events of all other parts pass through. */
class CustomCalls {
  readonly #names: ReadonlySet<string>;
  readonly #open: Map<string, InputText> = new Map();

  constructor(names: ReadonlySet<string>) {
    this.#names = names;
  }

  take(event: ChatEvent): readonly ChatEvent[] {
    switch (event.type) {
      case 'part-start':
        if (event.kind !== 'tool-call' || event.custom === true || !this.#names.has(event.name ?? '')) return [event];
        this.#open.set(event.part, new InputText());
        return [{ ...event, custom: true }];
      case 'part-delta': {
        const input = this.#open.get(event.part);
        if (input === undefined) return [event];
        const text = input.push(event.text);
        return text === '' ? [] : [{ type: 'part-delta', part: event.part, text }];
      }
      case 'part-end':
        return this.#end(event);
      default:
        return [event];
    }
  }

  #end(event: PartEndEvent): readonly ChatEvent[] {
    const text = this.#open.get(event.part)?.end() ?? '';
    this.#open.delete(event.part);
    return text === '' ? [event] : [{ type: 'part-delta', part: event.part, text }, event];
  }
}

const head = /^\s*\{\s*"input"\s*:\s*"/;
const compactHead = '{"input":"';
/** A run of plain signs, or one escape that is all there. */
const token = /\\u([0-9a-fA-F]{4})|\\([^u])|[^\\]+/y;
const longestEscape = 6;
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

/** The text of a stand-in's arguments, while they come: its escapes undone. Arguments of another form are the text themselves. */
class InputText {
  #state: 'head' | 'text' | 'whole' | 'over' = 'head';
  #held = '';
  #high = '';

  push(more: string): string {
    this.#held += more;
    if (this.#state === 'head') this.#begin();
    return this.#state === 'text' ? this.#text() : '';
  }

  /** The rest: all of it, where it was not known for what it is before. */
  end(): string {
    if (this.#state === 'text' || this.#state === 'over') return this.#high;
    return asString(parseObject(this.#held)?.['input']) ?? this.#held;
  }

  #begin(): void {
    const begun = head.exec(this.#held)?.[0];
    if (begun !== undefined) {
      this.#state = 'text';
      this.#held = this.#held.slice(begun.length);
    } else if (!compactHead.startsWith(this.#held.replaceAll(/\s/g, ''))) this.#state = 'whole';
  }

  #text(): string {
    const quote = closingQuote(this.#held);
    const end = quote === -1 ? this.#held.length : quote;
    let text = this.#high;
    let at = 0;
    while (at < end) {
      token.lastIndex = at;
      const [whole, unit, sign] = token.exec(this.#held.slice(0, end)) ?? [];
      // An escape that is not all there waits, but for one that never will be.
      if (whole === undefined && quote === -1 && end - at < longestEscape) break;
      if (unit !== undefined) text += String.fromCharCode(Number.parseInt(unit, 16));
      else text += sign === undefined ? (whole ?? this.#held[at]) : (escapes[sign] ?? sign);
      at += whole?.length ?? 1;
    }
    this.#held = this.#held.slice(at);
    if (quote !== -1) this.#state = 'over';
    // The first unit of a sign of two cannot go out alone.
    this.#high = quote === -1 && /[\uD800-\uDBFF]$/.test(text) ? text.slice(-1) : '';
    return text.slice(0, text.length - this.#high.length);
  }
}

function closingQuote(text: string): number {
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) {
    let back = at;
    while (text[back - 1] === '\\') back -= 1;
    if ((at - back) % 2 === 0) return at;
  }
  return -1;
}
