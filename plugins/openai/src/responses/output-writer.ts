import type {
  ChatEvent,
  ChatRequest,
  Json,
  PartDeltaEvent,
  PartEndEvent,
  PartStartEvent,
  Seal,
  SourceEvent,
} from '@tapgate/core';
import { CallItem } from './call-item.ts';
import { objectOf } from './hosted-item.ts';
import { HostedWriter, nothing } from './hosted-writer.ts';
import { MessageItem, type MessagePart } from './message-item.ts';
import { dialectName, madeHere } from './names.ts';
import { clientNames, type ClientName } from './namespaces.ts';
import type { OpenPart, OutputList } from './output-list.ts';
import { fieldsOf, notesOf } from './own.ts';
import { ReasoningItem } from './reasoning-item.ts';
import { includeSeals } from './read-settings.ts';
import { carry, noSeal, type Whose } from './seal-carrier.ts';

/** Events about the parts of an answer. */
export type PartEvent = Extract<ChatEvent, { type: 'part-start' | 'part-delta' | 'part-end' | 'source' | 'opaque' }>;

/** Writes the parts of an answer into its output items. */
export class OutputWriter {
  readonly #list: OutputList;
  readonly #hosted: HostedWriter;
  readonly #wantsSeals: boolean;
  /** The client looks for thinking among the summaries, and most show nothing else. */
  readonly #wantsSummary: boolean;
  readonly #clientName: (name: string) => ClientName;
  readonly #parts: Map<string, OpenPart> = new Map();
  /** Texts by the part that they are, and the last one of each choice: sources belong to them, even late ones. */
  readonly #texts: Map<string | number, MessagePart> = new Map();
  readonly #sources: Map<number, SourceEvent[]> = new Map();
  /** The ids that reasoning items have upstream. */
  readonly #reasoningIds: Map<ReasoningItem, string> = new Map();

  constructor(list: OutputList, request: ChatRequest) {
    this.#list = list;
    this.#hosted = new HostedWriter(list);
    this.#wantsSeals = wantsSeals(request);
    this.#wantsSummary = request.reasoning?.summary !== undefined;
    this.#clientName = clientNames(request);
  }

  push(event: PartEvent): void {
    switch (event.type) {
      case 'part-start':
        this.#start(event);
        break;
      case 'part-delta':
        this.#delta(event);
        break;
      case 'part-end':
        this.#end(event);
        break;
      case 'source':
        this.#source(event);
        break;
      case 'opaque':
        this.#hosted.event(event);
        break;
    }
  }

  #start(event: PartStartEvent): void {
    const part = this.#begun(event);
    if (part.item !== undefined) part.item.open += 1;
    this.#parts.set(event.part, part);
  }

  #begun(event: PartStartEvent): OpenPart {
    switch (event.kind) {
      case 'text':
      case 'refusal':
        return this.#text(event);
      case 'reasoning':
        return this.#reasoning(event);
      case 'tool-call':
        return event.executedBy === 'provider' ? this.#hosted.call(event) : this.#call(event);
      case 'media':
        return this.#hosted.media(event);
      case 'opaque':
        return this.#opaque(event);
    }
  }

  #delta({ part, text, logprobs }: PartDeltaEvent): void {
    const known = logprobs?.dialect.startsWith('openai-') ? (logprobs.json as Json) : undefined;
    const open = this.#parts.get(part);
    if (open === undefined || open.item?.closed || (text === '' && known === undefined)) return;
    open.delta(text, known);
  }

  #end(event: PartEndEvent): void {
    const part = this.#parts.get(event.part);
    if (part === undefined) return;
    this.#parts.delete(event.part);
    part.end(event);
    if (part.item === undefined) return;
    part.item.open -= 1;
    this.#list.settle(part.choice);
  }

  #text(event: PartStartEvent): OpenPart {
    const { choice } = event;
    const item = this.#messageFor(event);
    const part = event.kind === 'refusal' ? item.refusal(fieldsOf(event)) : item.text(fieldsOf(event));
    this.#texts.set(event.part, part).set(choice, part);
    for (const source of this.#sources.get(choice) ?? []) part.source(source.citation);
    this.#sources.delete(choice);
    return {
      item,
      choice,
      delta: (text, logprobs) => part.delta(text, logprobs),
      end: (end) => {
        item.note(notesOf(end).$item ?? {});
        if (end.seal !== undefined) this.#carry(choice, end.seal, { previous: true });
      },
    };
  }

  /** The message that the part belongs to: the last item, if it is one and the part does not begin another. */
  #messageFor(event: PartStartEvent): MessageItem {
    const { $item } = notesOf(event);
    const latest = this.#list.joinable(event.choice);
    if (latest instanceof MessageItem && $item === undefined) return latest;
    return this.#list.add(event, 'msg', (of) => noted(new MessageItem(of), $item ?? {}));
  }

  #reasoning(event: PartStartEvent): OpenPart {
    const item = this.#reasoningFor(event);
    const piece = item.piece(event.summary === true || (this.#wantsSummary && !this.#list.own));
    return {
      item,
      choice: event.choice,
      delta: (text) => piece.delta(text),
      end: (end) => {
        item.note(fieldsOf(end));
        if (end.seal !== undefined) item.sealed = carry(end.seal);
        else if (this.#wantsSeals && !this.#list.own) item.sealed ??= noSeal;
      },
    };
  }

  /** Pieces of one item come one after another. A sealed item is complete. */
  #reasoningFor(event: PartStartEvent): ReasoningItem {
    const { choice, itemId } = event;
    const latest = this.#list.joinable(choice);
    const same = latest instanceof ReasoningItem && latest.sealed === undefined;
    if (same && itemId !== undefined && this.#reasoningIds.get(latest) === itemId) return latest;
    const item = this.#list.add(event, `rs_${madeHere}`, (of) => noted(new ReasoningItem(of), fieldsOf(event)));
    if (itemId !== undefined) this.#reasoningIds.set(item, itemId);
    return item;
  }

  #call(event: PartStartEvent): OpenPart {
    const { choice, custom = false } = event;
    const { name, namespace } = this.#clientName(event.name ?? '');
    const { $name = name } = notesOf(event);
    const callId = this.#list.callId(event);
    const fields = { ...(namespace !== undefined && { namespace }), ...fieldsOf(event) };
    const item = this.#list.add(event, custom ? 'ctc' : 'fc', (of) =>
      noted(new CallItem(of, callId, $name, custom), fields),
    );
    return {
      item,
      choice,
      delta: (text) => item.delta(text),
      end: (end) => {
        item.note(fieldsOf(end));
        if (end.seal !== undefined) this.#carry(choice, end.seal, { call: callId });
      },
    };
  }

  #opaque(event: PartStartEvent): OpenPart {
    const json = event.origin?.dialect === dialectName ? objectOf(event.json) : undefined;
    if (json === undefined) return nothing(event.choice);
    if (notesOf(event).$content !== 'part') return this.#hosted.opaque(event, json);
    const item = this.#messageFor(event);
    item.opaque(json);
    return { ...nothing(event.choice), item };
  }

  #source(event: SourceEvent): void {
    const text = this.#texts.get(event.part ?? event.choice) ?? this.#texts.get(event.choice);
    if (text !== undefined) text.source(event.citation);
    else this.#sources.set(event.choice, [...(this.#sources.get(event.choice) ?? []), event]);
  }

  /** A seal over a text or a call travels in a reasoning item behind it. */
  #carry(choice: number, seal: Seal, whose: Whose): void {
    this.#list.add({ choice }, `rs_${madeHere}`, (of) => {
      const item = new ReasoningItem(of);
      item.sealed = carry(seal, whose);
      return item;
    });
  }
}

function noted<I extends { note(fields: object): void }>(item: I, fields: object): I {
  item.note(fields);
  return item;
}

function wantsSeals(request: ChatRequest): boolean {
  const { include } = fieldsOf(request);
  return Array.isArray(include) && include.includes(includeSeals);
}
