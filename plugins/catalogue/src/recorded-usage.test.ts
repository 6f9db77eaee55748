/** What a recording says it used, read by rules that share nothing with the gateway's readers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

export interface Counted {
  /** The model that answered, as it says. */
  readonly model: string | undefined;
  readonly tier: string | undefined;
  /** The vendor's own price, dollars. */
  readonly dollars: number | undefined;
  /** Tokens by the name of their price. */
  readonly tokens: Readonly<Record<string, number>>;
  /** All of the prompt, cached or not. */
  readonly prompt: number;
  /** Billed calls of tools by their kind. */
  readonly calls: Readonly<Record<string, number>>;
}

type Json = Readonly<Record<string, unknown>>;

/** Nothing where the recording counts nothing. */
export function countedIn(bytes: Uint8Array, dialect: string): Counted | undefined {
  const events = eventsOf(Buffer.from(bytes).toString(dialect === 'bedrock-converse' ? 'latin1' : 'utf8'));
  const read = readers[dialect];
  assert.ok(read !== undefined, `no reader for ${dialect}`);
  return read(events);
}

/** Each document, or each event of a stream, whatever frames it. */
function eventsOf(text: string): readonly Json[] {
  if (/^\s*[{[]/.test(text)) return [JSON.parse(text) as unknown].flat() as Json[];
  const lines = text.match(/^data:.*$/gm);
  if (lines !== null)
    return lines.flatMap((line) => {
      const data = line.slice(5).trim();
      return data.startsWith('{') ? [JSON.parse(data) as Json] : [];
    });
  const usages = text.match(/"usage":\{(?:[^{}]|\{[^{}]*\})*\}/g) ?? [];
  return usages.map((usage) => JSON.parse(`{${usage}}`) as Json);
}

/** The last event's value at a path, where any has one. */
function last(events: readonly Json[], ...path: readonly string[]): unknown {
  return events.map((event) => at(event, ...path)).findLast((value) => value !== undefined && value !== null);
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) => (typeof inner === 'object' && inner !== null ? (inner as Json)[name] : undefined),
    value,
  );
}

const number = (value: unknown, ...path: readonly string[]): number => Number(at(value, ...path) ?? 0);
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);

const dollarsOf = (usage: unknown): number | undefined => {
  const said = at(usage, 'cost', 'total_cost') ?? at(usage, 'cost') ?? at(usage, 'estimated_cost');
  if (typeof said === 'number') return said;
  const ticks = at(usage, 'cost_in_usd_ticks');
  return typeof ticks === 'number' ? ticks / 1e10 : undefined;
};

const readers: Readonly<Record<string, (events: readonly Json[]) => Counted | undefined>> = {
  'openai-chat'(events) {
    const usage = last(events, 'usage') ?? last(events, 'x_groq', 'usage') ?? last(events, 'choices', '0', 'usage');
    if (usage === undefined) return undefined;
    const prompt = number(usage, 'prompt_tokens');
    const read = at(usage, 'prompt_tokens_details');
    const wrote = at(usage, 'completion_tokens_details');
    const cacheRead =
      number(read, 'cached_tokens') || number(usage, 'prompt_cache_hit_tokens') || number(usage, 'cached_tokens');
    const cacheWrite = number(read, 'cache_write_tokens');
    const inputAudio = number(read, 'audio_tokens');
    const outputAudio = number(wrote, 'audio_tokens');
    const thought = number(wrote, 'reasoning_tokens');
    const completion = number(usage, 'completion_tokens');
    const beside = thought > 0 && number(usage, 'total_tokens') === prompt + completion + thought ? thought : 0;
    const output = completion + beside - outputAudio;
    return {
      model: text(last(events, 'model')),
      tier: text(last(events, 'service_tier')),
      dollars: dollarsOf(usage),
      tokens: {
        input: prompt - cacheRead - cacheWrite - inputAudio,
        cacheRead,
        cacheWrite,
        inputAudio,
        output,
        outputAudio,
      },
      prompt,
      calls: {},
    };
  },

  'openai-responses'(events) {
    const response = last(events, 'response') ?? last(events);
    const usage = at(response, 'usage');
    if (usage === undefined || usage === null) return undefined;
    const prompt = number(usage, 'input_tokens');
    const cacheRead = number(usage, 'input_tokens_details', 'cached_tokens');
    const cacheWrite = number(usage, 'input_tokens_details', 'cache_write_tokens');
    const types = list(at(response, 'output')).map(({ type }) => type);
    const calls = ['web_search_call', 'file_search_call', 'code_interpreter_call'].map(
      (name) => [name, types.filter((type) => type === name).length] as const,
    );
    return {
      model: text(at(response, 'model')),
      tier: text(at(response, 'service_tier')),
      dollars: dollarsOf(usage),
      tokens: { input: prompt - cacheRead - cacheWrite, cacheRead, cacheWrite, output: number(usage, 'output_tokens') },
      prompt,
      calls: Object.fromEntries(calls),
    };
  },

  'anthropic-messages'(events) {
    const began = last(events, 'message');
    const usage = { ...(at(began, 'usage') as object), ...(last(events, 'usage') as object) };
    if (Object.keys(usage).length === 0) return undefined;
    const cacheRead = number(usage, 'cache_read_input_tokens');
    const written = number(usage, 'cache_creation_input_tokens');
    const cacheWrite1h = number(usage, 'cache_creation', 'ephemeral_1h_input_tokens');
    const input = number(usage, 'input_tokens');
    return {
      model: text(at(began, 'model') ?? last(events, 'model')),
      tier: text(at(usage, 'service_tier')),
      dollars: undefined,
      tokens: {
        input,
        cacheRead,
        cacheWrite1h,
        cacheWrite: written - cacheWrite1h,
        output: number(usage, 'output_tokens'),
      },
      prompt: input + cacheRead + written,
      calls: { web_search_requests: number(usage, 'server_tool_use', 'web_search_requests') },
    };
  },

  'google-generate'(events) {
    const usage = last(events, 'usageMetadata');
    if (at(usage, 'promptTokenCount') === undefined) return undefined;
    const of = (name: string, modality: string): number =>
      list(at(usage, name)).reduce(
        (sum, one) => sum + (one['modality'] === modality ? number(one, 'tokenCount') : 0),
        0,
      );
    const cached = number(usage, 'cachedContentTokenCount');
    const cacheReadAudio = of('cacheTokensDetails', 'AUDIO');
    const prompt = number(usage, 'promptTokenCount') + number(usage, 'toolUsePromptTokenCount');
    const inputAudio = of('promptTokensDetails', 'AUDIO') - cacheReadAudio;
    const outputImage = of('candidatesTokensDetails', 'IMAGE');
    const outputAudio = of('candidatesTokensDetails', 'AUDIO');
    const output = number(usage, 'candidatesTokenCount') + number(usage, 'thoughtsTokenCount');
    const queries = new Set(
      events.flatMap((event) =>
        list(event['candidates']).flatMap((one) => list(at(one, 'groundingMetadata', 'webSearchQueries')) as unknown[]),
      ),
    );
    return {
      model: text(last(events, 'modelVersion')),
      tier: text(at(usage, 'trafficType') ?? at(usage, 'serviceTier')),
      dollars: undefined,
      tokens: {
        input: prompt - cached - inputAudio,
        inputAudio,
        cacheRead: cached - cacheReadAudio,
        cacheReadAudio,
        output: output - outputImage - outputAudio,
        outputImage,
        outputAudio,
      },
      prompt,
      calls: { googleSearch: queries.size },
    };
  },

  'bedrock-converse'(events) {
    const usage = last(events, 'usage');
    if (usage === undefined) return undefined;
    const cacheRead = number(usage, 'cacheReadInputTokens');
    const cacheWrite = number(usage, 'cacheWriteInputTokens');
    const input = number(usage, 'inputTokens');
    return {
      model: undefined,
      tier: text(last(events, 'serviceTier', 'type')),
      dollars: undefined,
      tokens: { input, cacheRead, cacheWrite, output: number(usage, 'outputTokens') },
      prompt: input + cacheRead + cacheWrite,
      calls: {},
    };
  },

  'cohere-chat'(events) {
    const usage = last(events, 'usage') ?? last(events, 'delta', 'usage');
    if (usage === undefined) return undefined;
    const input = number(usage, 'billed_units', 'input_tokens');
    const output = number(usage, 'billed_units', 'output_tokens');
    const read = { model: undefined, tier: undefined, dollars: undefined, prompt: input, calls: {} };
    return { ...read, tokens: { input, output } };
  },
};

test('a stream’s counts are those of its end, cached tokens are counted once', () => {
  const sse = [
    '{"usage":null}',
    '{"usage":{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}}',
  ];
  const counted = countedIn(Buffer.from(sse.map((data) => `data: ${data}\n\n`).join('')), 'openai-chat');
  assert.deepEqual([counted?.prompt, counted?.tokens['input'], counted?.tokens['cacheRead']], [9, 5, 4]);
});
