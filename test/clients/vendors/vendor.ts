import type { RecordedRequest, Script } from '@tapgate/test-kit';

/** The dialects that providers are asked in here. */
export const vendorDialects = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'google-generate',
  'bedrock-converse',
  'cohere-chat',
  'ollama-chat',
] as const;
export type VendorDialect = (typeof vendorDialects)[number];

/** What a model says, in no vendor's words. */
export type Word =
  | { readonly text: string }
  | { readonly thought: string; readonly seal?: string }
  | { readonly call: string; readonly id: string; readonly input: object; readonly seal?: string };

/** One thing that a vendor was told, in order. Of an image or a document the base64 or the address. */
export type Heard =
  | { readonly by: 'user' | 'assistant'; readonly text: string }
  | { readonly image: string }
  | { readonly document: string }
  | { readonly call: string; readonly id: string; readonly input: unknown }
  | { readonly result: string; readonly text: string; readonly image?: string }
  | { readonly thought: string; readonly seal?: string };

/** A request as a vendor understands it. */
export interface Understood {
  readonly streamed: boolean;
  readonly instructions: string;
  readonly heard: readonly Heard[];
  readonly tools: readonly { readonly name: string; readonly parameters: unknown }[];
  /** The JSON Schema that the answer must keep to. */
  readonly schema?: unknown;
  /** Whether the model was asked to think. */
  readonly thinks: boolean;
  /** Seals of thinking or of calls that it was given. */
  readonly seals: readonly string[];
}

/** A place that speaks one dialect, by nothing of the gateway's own. */
export interface Vendor {
  readonly dialect: VendorDialect;
  /** The model that is asked for there, which decides what it can do. */
  readonly model: string;
  /** What is wrong with a request, by the vendor's own description of it where that is here. */
  readonly faults: (body: any) => readonly string[];
  readonly understand: (request: RecordedRequest) => Understood;
  /** An answer in the form that was asked for. */
  readonly say: (words: readonly Word[], request: RecordedRequest) => Script;
  readonly fail: (status: number, message: string) => Script;
  /** A stream that begins and says nothing of an end. */
  readonly breakOff: (words: readonly Word[]) => Script;
  /** Whether it seals its thinking, and has a place for the seal of a call. */
  readonly seals: boolean;
  /** What it takes. */
  readonly takes: { readonly imageUrls: boolean; readonly images: boolean; readonly documents: boolean };
}

/** What every answer costs. */
export const cost = { input: 11, output: 7 };

/** A text in pieces, as a stream has it. */
export const piecesOf = (text: string): readonly string[] => text.match(/[^]{1,7}/gu) ?? [''];

/** Text of a content that is a text or a list of parts with text. */
export const textIn = (content: any): string =>
  typeof content === 'string' ? content : (content ?? []).map(({ text }: any) => text ?? '').join('');

/** What of a conversation no vendor takes: a call without its one result right behind it, a result of no call. */
export function unpaired(heard: readonly Heard[]): readonly string[] {
  const faults: string[] = [];
  const open = new Set<string>();
  let answering = false;
  for (const one of heard) {
    if ('result' in one) {
      answering = true;
      if (!open.delete(one.result)) faults.push(`a result of "${one.result}", which nobody called`);
      continue;
    }
    const next = 'by' in one || 'image' in one || 'document' in one || 'thought' in one || answering;
    if (next && open.size > 0 && ('call' in one || answering || ('by' in one && one.by === 'user'))) {
      faults.push(`no result of ${[...open].join(', ')}`);
      open.clear();
    }
    answering = false;
    if ('call' in one) {
      if (open.has(one.id)) faults.push(`two calls "${one.id}"`);
      open.add(one.id);
    }
  }
  return [...faults, ...(open.size > 0 ? [`no result of ${[...open].join(', ')}`] : [])];
}

/** The base64 of a `data:` address, or the address itself. */
export const dataIn = (url: string): string => /^data:[^,]*;base64,(.*)$/s.exec(url)?.[1] ?? url;

/** Texts of one side that follow each other as one text: some clients send them back as they were streamed. */
export function joined(heard: readonly Heard[]): readonly Heard[] {
  const whole: Heard[] = [];
  for (const one of heard) {
    const last = whole.at(-1);
    if (last !== undefined && 'by' in last && 'by' in one && last.by === one.by) {
      whole[whole.length - 1] = { by: one.by, text: last.text + one.text };
    } else if (!('by' in one && one.text === '')) whole.push(one);
  }
  return whole;
}
