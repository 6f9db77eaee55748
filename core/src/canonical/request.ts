import type { JsonObject } from '../json/json.ts';
import type { RawJson } from '../json/raw-json.ts';

/** Version of the canonical form, which is public plugin API. Fields are added, never changed. */
export const canonicalVersion = 1;

/** Where an opaque value came from. It is given back to no one else. */
export interface Origin {
  readonly dialect: string;
  /** The provider's name in the config, where a reply brought it; absent for what a client sent in its own dialect. */
  readonly provider?: string;
  readonly model?: string;
  /**
   * Whose it is, where that is another than who has to do with it: than the target of a request, or than those whose seals
   * stand in the dialect of an answer as they are. Absent: its own.
   */
  readonly realm?: string;
}

/** Signed or encrypted reasoning state: byte-identical to its origin, or not at all. */
export interface Seal {
  readonly origin: Origin;
  readonly form: 'signature' | 'encrypted' | 'redacted';
  readonly value: string;
}

/** A mark after which the provider should cache the prompt. */
export interface CacheMark {
  readonly ttl?: '5m' | '1h' | (string & {});
}

/** What every part may carry. */
export interface PartBase {
  readonly cache?: CacheMark;
  /**
   * The part's own fields that the canonical form has no word for, by the dialect they came from. Given back to that dialect only.
   * A key that begins with `$`, here as in every `ext`, is the codec's note on the form and no field: leaving it out is no loss.
   */
  readonly ext?: Readonly<Record<string, JsonObject>>;
}

/** A span of an answer's text and the source it rests on. Offsets count Unicode code points of the part's text. */
export interface Citation {
  readonly start?: number;
  readonly end?: number;
  readonly url?: string;
  readonly title?: string;
  readonly text?: string;
  /** The vendor's whole object, given back to the same dialect as it came. */
  readonly raw?: { readonly dialect: string; readonly json: JsonObject };
}

export interface TextPart extends PartBase {
  readonly kind: 'text';
  readonly text: string;
  /** `system` or `developer`, in instructions only. */
  readonly role?: 'system' | 'developer';
  readonly citations?: readonly Citation[];
  /** Belongs to the part's last token, where a vendor signs text. */
  readonly seal?: Seal;
}
export interface MediaPart extends PartBase {
  readonly kind: 'media';
  /** `image/png`, `application/pdf`, `audio/wav`; `image/*` and the like where the client did not say. */
  readonly mediaType: string;
  readonly data:
    | { readonly base64: string }
    | { readonly url: string }
    | { readonly fileId: string }
    | { readonly text: string };
  readonly detail?: string;
  /** File name or document title. */
  readonly name?: string;
  readonly seal?: Seal;
}
export interface ReasoningPart extends PartBase {
  readonly kind: 'reasoning';
  readonly text?: string;
  readonly summary?: readonly string[];
  readonly itemId?: string;
  readonly seal?: Seal;
}
export interface ToolCallPart extends PartBase {
  readonly kind: 'tool-call';
  readonly callId: string;
  readonly itemId?: string;
  readonly name: string;
  /** The arguments as they were written: JSON text, or free text where `custom`. Never parsed and written again. */
  readonly argsText: string;
  /** `provider`: run by the vendor itself; a client must not be asked to run it. */
  readonly executedBy: 'client' | 'provider';
  readonly custom?: true;
  readonly seal?: Seal;
}
export interface ToolResultPart extends PartBase {
  readonly kind: 'tool-result';
  readonly callId: string;
  readonly name?: string;
  readonly parts: readonly Part[];
  readonly isError?: boolean;
  readonly custom?: true;
}
export interface RefusalPart extends PartBase {
  readonly kind: 'refusal';
  readonly text: string;
  readonly category?: string;
}
/** A block the canonical form has no word for. It rides along and goes back to the dialect it came from. */
export interface OpaquePart extends PartBase {
  readonly kind: 'opaque';
  readonly origin: Origin;
  readonly type: string;
  readonly json: RawJson | JsonObject;
}
export type Part = TextPart | MediaPart | ReasoningPart | ToolCallPart | ToolResultPart | RefusalPart | OpaquePart;

/** One turn of the conversation, its parts in order. `instruction` is a system or developer turn after the beginning. */
export interface Turn {
  readonly role: 'user' | 'assistant' | 'tool' | 'instruction';
  readonly parts: readonly Part[];
  readonly name?: string;
  /** Where the client's request says it, for losses and errors: `messages[3]`, `input[5]`. */
  readonly path?: string;
  readonly ext?: Readonly<Record<string, JsonObject>>;
}

export interface FunctionTool {
  readonly kind: 'function';
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments, as it was written. */
  readonly schema?: RawJson;
  readonly strict?: boolean;
  readonly cache?: CacheMark;
  readonly ext?: Readonly<Record<string, JsonObject>>;
}
/** A tool whose argument is free text, perhaps under a grammar. */
export interface CustomTool {
  readonly kind: 'custom';
  readonly name: string;
  readonly description?: string;
  readonly format?: JsonObject;
  readonly ext?: Readonly<Record<string, JsonObject>>;
}
/** A tool that the vendor runs, in the vendor's own words; `search` is the one that several vendors have. */
export interface HostedTool {
  readonly kind: 'hosted';
  readonly dialect: string;
  readonly type: string;
  readonly search?: true;
  readonly json: RawJson | JsonObject;
}
export type Tool = FunctionTool | CustomTool | HostedTool;

export type ToolChoice =
  | { readonly mode: 'auto' | 'none' | 'required' }
  | { readonly mode: 'named'; readonly name: string; readonly custom?: true }
  | { readonly mode: 'allowed'; readonly names: readonly string[]; readonly required: boolean }
  | { readonly mode: 'hosted'; readonly dialect: string; readonly json: JsonObject };

/** How the answer's text must look. */
export type OutputFormat =
  | { readonly kind: 'text' }
  | { readonly kind: 'json' }
  | {
      readonly kind: 'schema';
      readonly schema: RawJson;
      readonly name?: string;
      readonly description?: string;
      readonly strict?: boolean;
    };

export interface Output {
  readonly format?: OutputFormat;
  /** Tokens, reasoning included. */
  readonly maxTokens?: number;
  readonly modalities?: readonly string[];
  /** How many answers. */
  readonly n?: number;
  readonly logprobs?: boolean;
  readonly topLogprobs?: number;
  readonly verbosity?: string;
}
export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly minP?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly repetitionPenalty?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  readonly logitBias?: JsonObject;
}
export interface Reasoning {
  readonly mode: 'off' | 'auto' | 'on';
  /** `minimal`, `low`, `medium`, `high`, `xhigh`, `max`, or what a vendor adds. */
  readonly effort?: string;
  readonly budgetTokens?: number;
  /** What of the thinking the client wants to see. */
  readonly visible?: 'none' | 'summary' | 'full';
  /** `auto`, `concise`, `detailed`, where the client said how to sum up. */
  readonly summary?: string;
}
export interface State {
  readonly previousId?: string;
  readonly conversation?: string;
  readonly store?: boolean;
  readonly background?: boolean;
  readonly truncation?: string;
}

/** A request for an answer in no vendor's words. Lossless: what has no word here rides along in `ext`, opaque parts and raw JSON. */
export interface ChatRequest {
  /** The model as the client named it. */
  readonly model: string;
  /** The leading system and developer texts, in order, each with its own cache mark. */
  readonly instructions: readonly (TextPart | MediaPart | OpaquePart)[];
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelTools?: boolean;
  readonly output: Output;
  readonly sampling: Sampling;
  readonly reasoning?: Reasoning;
  readonly caching?: { readonly key?: string; readonly retention?: string; readonly auto?: CacheMark };
  readonly tier?: string;
  readonly user?: { readonly id?: string; readonly safetyId?: string };
  readonly metadata?: Readonly<Record<string, string>>;
  readonly state?: State;
  readonly stream: boolean;
  /** Whether the client asked for usage in a stream; always true where its dialect always has it. */
  readonly wantUsage: boolean;
  /**
   * Top-level fields without a canonical word, by the dialect they came from. Under `$hints` stand those that an answer is as
   * good without: another dialect may leave them out and say so, and need not refuse.
   */
  readonly ext: Readonly<Record<string, JsonObject>>;
}
