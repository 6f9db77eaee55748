import type { Capabilities, ChatRequest, JsonObject, Reasoning } from '@tapgate/core';
import { listOf, wordOf } from '../capabilities.ts';
import { ownExt } from '../own.ts';
import type { Losses } from './losses.ts';

/** Writes how much to think, in the form the target is told it. */
export function writeReasoningFields(request: ChatRequest, able: Capabilities, losses: Losses): JsonObject {
  const { reasoning } = request;
  if (reasoning === undefined) return {};
  const note = ownExt(request)['$reasoningIn'];
  const form = wordOf(able, 'reasoningIn') ?? (typeof note === 'string' ? note : 'effort');
  return writers.get(form)?.(reasoning, able, losses) ?? {};
}

type Writer = (reasoning: Reasoning, able: Capabilities, losses: Losses) => JsonObject;

const writers: ReadonlyMap<string, Writer> = new Map<string, Writer>([
  ['effort', (reasoning, able, losses) => ({ reasoning_effort: effortOf(reasoning, able, losses) })],
  ['reasoning-object', reasoningObject],
  ['thinking-type', thinkingType],
  ['enable-thinking', enableThinking],
  ['chat-template-kwargs', (reasoning) => template('chat_template_kwargs', reasoning)],
  ['chat-template-args', (reasoning) => template('chat_template_args', reasoning)],
  ['prompt-mode', (reasoning) => (reasoning.mode === 'on' ? { prompt_mode: 'reasoning' } : {})],
  ['none', cannot],
]);

function cannot(reasoning: Reasoning, _: Capabilities, losses: Losses): JsonObject {
  if (reasoning.mode === 'on') losses.hint('reasoning_effort', 'it does not think, or not on demand');
  return {};
}

/** Efforts in their order, and the tokens that each stands for. */
const order: readonly (readonly [effort: string, budgetTokens: number])[] = [
  ['none', 0],
  ['minimal', 1024],
  ['low', 2048],
  ['medium', 8192],
  ['high', 16_384],
  ['xhigh', 24_576],
  ['max', 32_768],
];

/** The effort asked for, or the one nearest to it that the target knows; nothing where the target decides. */
export function effortOf(reasoning: Reasoning, able: Capabilities, losses: Losses): string | undefined {
  const asked = askedEffort(reasoning);
  if (asked === undefined) return undefined;
  if (reasoning.effort === undefined && reasoning.budgetTokens !== undefined && reasoning.mode !== 'off') {
    losses.hint('reasoning', 'a budget of tokens becomes an effort', 'approximated');
  }
  const efforts = listOf(able, 'efforts');
  if (efforts === undefined || efforts.length === 0 || efforts.includes(asked)) return asked;
  const effort = nearest(asked, efforts);
  losses.hint('reasoning_effort', `"${asked}" becomes "${effort}"`, 'approximated');
  return effort;
}

function askedEffort(reasoning: Reasoning): string | undefined {
  if (reasoning.mode === 'off') return 'none';
  if (reasoning.effort !== undefined) return reasoning.effort;
  return reasoning.budgetTokens === undefined ? undefined : effortFor(reasoning.budgetTokens);
}

/** The least effort that has so many tokens. */
function effortFor(budgetTokens: number): string {
  return order.slice(1).find(([, tokens]) => tokens >= budgetTokens)?.[0] ?? 'max';
}

function nearest(asked: string, efforts: readonly string[]): string {
  const place = placeOf(asked);
  const ranked = efforts.toSorted((one, other) => Math.abs(placeOf(one) - place) - Math.abs(placeOf(other) - place));
  return ranked[0] ?? asked;
}

/** An effort that nobody knows stands in the middle. */
function placeOf(effort: string): number {
  const place = order.findIndex(([name]) => name === effort);
  return place === -1 ? order.findIndex(([name]) => name === 'medium') : place;
}

function reasoningObject(reasoning: Reasoning, able: Capabilities, losses: Losses): JsonObject {
  const { budgetTokens, visible, summary } = reasoning;
  const fields: JsonObject = {};
  if (reasoning.mode === 'off') fields['enabled'] = false;
  else if (budgetTokens !== undefined) fields['max_tokens'] = budgetTokens;
  else if (reasoning.effort !== undefined) fields['effort'] = effortOf(reasoning, able, losses);
  else if (reasoning.mode === 'on') fields['enabled'] = true;
  if (visible !== undefined) fields['exclude'] = visible === 'none';
  if (summary !== undefined) fields['summary'] = summary;
  return { reasoning: fields };
}

/** Some servers take an effort beside the switch; they list which. */
function thinkingType(reasoning: Reasoning, able: Capabilities, losses: Losses): JsonObject {
  const type = { on: 'enabled', off: 'disabled', auto: 'auto' }[reasoning.mode];
  const budget = reasoning.budgetTokens === undefined ? {} : { budget_tokens: reasoning.budgetTokens };
  const fields: JsonObject = type === 'auto' ? {} : { thinking: { type, ...budget } };
  const { effort } = reasoning;
  if (effort === undefined || reasoning.mode === 'off') return fields;
  if (listOf(able, 'efforts') !== undefined) return { ...fields, reasoning_effort: effortOf(reasoning, able, losses) };
  losses.hint('reasoning_effort', 'it knows no efforts of thinking');
  return fields;
}

function enableThinking(reasoning: Reasoning): JsonObject {
  if (reasoning.mode === 'auto' && reasoning.budgetTokens === undefined) return {};
  const fields: JsonObject = { enable_thinking: reasoning.mode !== 'off' };
  const tokens = reasoning.budgetTokens ?? order.find(([effort]) => effort === reasoning.effort)?.[1];
  if (tokens !== undefined && reasoning.mode !== 'off') fields['thinking_budget'] = tokens;
  return fields;
}

function template(member: string, reasoning: Reasoning): JsonObject {
  return reasoning.mode === 'auto' ? {} : { [member]: { enable_thinking: reasoning.mode === 'on' } };
}
