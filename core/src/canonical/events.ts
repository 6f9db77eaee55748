import type { JsonObject } from '../json/json.ts';
import type { RawJson } from '../json/raw-json.ts';
import type { GatewayError } from '../errors.ts';
import type { Citation, Origin, Seal } from './request.ts';
import type { Usage } from './usage.ts';

/** Why an answer ended. `tool-calls` whenever a client must run a tool, whatever the vendor calls it. */
export type FinishReason =
  | 'stop'
  | 'stop-sequence'
  | 'length'
  | 'context-window'
  | 'tool-calls'
  | 'content-filter'
  | 'refusal'
  | 'pause'
  | 'error'
  | 'cancelled'
  | 'other';

/** What the answer says of itself. Later starts of one answer add to it; an absent field says nothing. */
export interface StartEvent {
  readonly type: 'start';
  readonly id?: string;
  /** The model that answers, as its provider names it. */
  readonly model?: string;
  /** Who made the answer, where its provider is a router and says so. */
  readonly madeBy?: string;
  /** Seconds since 1970. */
  readonly created?: number;
  /** Usage that is known at the start, such as the prompt's. */
  readonly usage?: Usage;
  /** The vendor's own fields, given back to the same dialect only. */
  readonly ext?: Readonly<Record<string, JsonObject>>;
}
/** A part begins. Its `part` id is unique within the answer; parts of one choice may be open side by side. */
export interface PartStartEvent {
  readonly type: 'part-start';
  readonly part: string;
  readonly choice: number;
  readonly kind: 'text' | 'reasoning' | 'refusal' | 'tool-call' | 'media' | 'opaque';
  readonly itemId?: string;
  /** `tool-call` only. */
  readonly callId?: string;
  readonly name?: string;
  readonly executedBy?: 'client' | 'provider';
  readonly custom?: true;
  /** `tool-call`: its signature, where it is known this early. The part's end says it again. */
  readonly seal?: Seal;
  /** `reasoning`: the deltas are summaries, one part each, not the thinking itself. */
  readonly summary?: true;
  /** `media`: what it is and its data, whole. */
  readonly mediaType?: string;
  readonly base64?: string;
  readonly url?: string;
  /** `opaque`: the vendor's block, whole. */
  readonly origin?: Origin;
  readonly opaqueType?: string;
  readonly json?: RawJson | JsonObject;
  readonly ext?: Readonly<Record<string, JsonObject>>;
}
/** More of a part: text, reasoning, refusal, or the text of a call's arguments. */
export interface PartDeltaEvent {
  readonly type: 'part-delta';
  readonly part: string;
  readonly text: string;
  /** Token probabilities in the words of the dialect they came from, where asked for. */
  readonly logprobs?: { readonly dialect: string; readonly json: unknown };
}
export interface PartEndEvent {
  readonly type: 'part-end';
  readonly part: string;
  readonly seal?: Seal;
  readonly ext?: Readonly<Record<string, JsonObject>>;
}
/** A source for a text part. */
export interface SourceEvent {
  readonly type: 'source';
  readonly part?: string;
  readonly choice: number;
  readonly citation: Citation;
}
/** Usage so far; a later one replaces an earlier one. */
export interface UsageEvent {
  readonly type: 'usage';
  readonly usage: Usage;
}
export interface FinishEvent {
  readonly type: 'finish';
  readonly choice: number;
  readonly reason: FinishReason;
  /** The vendor's own word. */
  readonly raw?: string;
  readonly stopSequence?: string;
  readonly ext?: Readonly<Record<string, JsonObject>>;
}
/** The answer failed here. Nothing but its end follows. */
export interface ErrorEvent {
  readonly type: 'error';
  readonly error: GatewayError;
}
/** The other side is alive. */
export interface PingEvent {
  readonly type: 'ping';
}
/** An event the canonical form has no word for, for writers of the same dialect. */
export interface OpaqueEvent {
  readonly type: 'opaque';
  readonly dialect: string;
  readonly name?: string;
  readonly json: JsonObject;
}
/** One event of an answer, streamed or whole: a whole answer is a stream collected. */
export type ChatEvent =
  | StartEvent
  | PartStartEvent
  | PartDeltaEvent
  | PartEndEvent
  | SourceEvent
  | UsageEvent
  | FinishEvent
  | ErrorEvent
  | PingEvent
  | OpaqueEvent;

/** Whether the event shows something of the answer itself: what commits it, and what the time to the first token counts to. */
export function isContent(event: ChatEvent): boolean {
  switch (event.type) {
    case 'part-delta':
      return event.text !== '';
    case 'part-start':
      return event.kind === 'tool-call' || event.kind === 'media' || event.kind === 'opaque';
    case 'source':
    case 'finish':
      return true;
    case 'part-end':
      return event.seal !== undefined;
    case 'start':
    case 'usage':
    case 'error':
    case 'ping':
    case 'opaque':
      return false;
  }
}
