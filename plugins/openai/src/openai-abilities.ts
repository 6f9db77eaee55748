import type { Capabilities } from '@tapgate/core';

/** What no model of this vendor takes, and what all of them do alike. */
const always: Capabilities = {
  maxTokensField: 'max_completion_tokens',
  maxStop: 4,
  topK: false,
  minP: false,
  repetitionPenalty: false,
  video: false,
  fileUrls: false,
  cacheMarks: 'none',
  reasoningIn: 'none',
  reasoningReplay: 'rejected',
  extraContent: false,
  toolIdPattern: '^[^]{1,40}$',
};

/** Models that think: how much is asked for, and what of sampling is refused. */
const thinks: Capabilities = {
  reasoningIn: 'effort',
  sampling: false,
  penalties: false,
  logprobs: false,
  logitBias: false,
};
const thinksAndNeverStops: Capabilities = { ...thinks, stop: false };

/**
 * What models can do, by their names; of several lines that fit, what the later ones say counts. A model that no line
 * names is taken as one that can do all, because the vendor itself refuses what it cannot.
 *
 * @see https://platform.openai.com/docs/models
 */
const lines: readonly (readonly [names: RegExp, able: Capabilities])[] = [
  [/^gpt-(3\.5|4(-|$))/, { images: false, files: false, jsonSchema: 'json_object', customTools: false }],
  [/^gpt-4-turbo/, { images: true }],
  [/^gpt-(4o|4\.1)/, { customTools: false }],
  [/^(gpt-4o-audio|gpt-audio)/, { images: false, files: false, jsonSchema: 'none' }],
  [/-search-(preview|api)/, { webSearch: true, sampling: false, n: 1 }],
  [/^o1-(mini|preview)/, { systemRole: 'user', tools: false, images: false, files: false, jsonSchema: 'none' }],
  [/^o[134](-|$)/, { ...thinks, efforts: ['low', 'medium', 'high'], customTools: false }],
  [/^o1-(mini|preview)/, { reasoningIn: 'none' }],
  [/^o3-mini/, { images: false, files: false, parallelTools: false }],
  [/^(o3|o4-mini)(-(?!mini)|$)/, thinksAndNeverStops],
  [/^gpt-5(-(mini|nano|pro|codex))?(-\d|$)/, { ...thinksAndNeverStops, efforts: ['minimal', 'low', 'medium', 'high'] }],
  [/^gpt-5\.1/, { reasoningIn: 'effort', stop: false, efforts: ['none', 'low', 'medium', 'high'] }],
  [/^gpt-5\.[2-6]/, { reasoningIn: 'effort', stop: false, efforts: ['none', 'low', 'medium', 'high', 'xhigh'] }],
  [/^gpt-5\.6/, { cacheMarks: 'prompt_cache_breakpoint' }],
  [/^gpt-([6-9]|\d\d)/, { reasoningIn: 'effort', stop: false, cacheMarks: 'prompt_cache_breakpoint' }],
  [/^gpt-5(\.\d)?-pro|^gpt-5(\.\d)?-codex|^codex-/, { ...thinksAndNeverStops }],
  [/^gpt-5(\.\d)?-chat/, { reasoningIn: 'none', tools: false }],
];

/** What a model can do, by its name with the vendor. */
export function openaiAbilities(model: string): Capabilities {
  const name = baseName(model);
  return Object.assign(
    {},
    always,
    ...lines.filter(([names]) => names.test(name)).map(([, able]) => able),
  ) as Capabilities;
}

/** Models that only the Responses API serves. */
const responsesOnly = /-pro(-|$)|codex|deep-research|computer-use/;

/**
 * The dialect to ask for a model in. A client's own, unless the model is not served in it; for clients of other dialects
 * the one that keeps the thinking of models that think.
 */
export function openaiDialectFor(model: string, operation: string, asked: string): string | undefined {
  const name = baseName(model);
  if (operation !== 'chat') return undefined;
  if (asked === 'openai-responses' || responsesOnly.test(name)) return 'openai-responses';
  if (asked === 'openai-chat') return asked;
  return openaiAbilities(model)['reasoningIn'] === 'none' ? 'openai-chat' : 'openai-responses';
}

/** A fine-tuned model can do what the one can that it was made from. */
function baseName(model: string): string {
  return model.replace(/^ft:/, '').split(':')[0] ?? model;
}
