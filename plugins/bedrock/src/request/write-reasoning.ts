import type { ChatRequest, Reasoning } from '@tapgate/core';
import { listOf, wordOf, type Writing } from './writing.ts';

/** Tokens to think with, by effort. A table, because no formula is any vendor's. */
const budgets: Readonly<Record<string, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_768,
};
const order = Object.keys(budgets);
const MIN_BUDGET = 1024;
/** Room for the answer where nobody said how long it may be. */
const ANSWER_TOKENS = 4096;

/**
 * How the model shall think, in its own words among the additional fields: the API itself has none. Gives the limit of
 * tokens that thinking needs where the client gave none.
 */
export function writeReasoning(request: ChatRequest, mayThink: boolean, writing: Writing): number | undefined {
  const { reasoning } = request;
  if (reasoning === undefined) return undefined;
  const { able, additional, losses } = writing;
  const isOff = reasoning.mode === 'off' || reasoning.effort === 'none';
  switch (wordOf(able, 'reasoningIn')) {
    case 'adaptive':
      additional['thinking'] = { type: isOff ? 'disabled' : 'adaptive' };
      if (!isOff) setEffort(reasoning, 'low medium high xhigh max'.split(' '), writing);
      return undefined;
    case 'thinking':
      return isOff ? undefined : withBudget(reasoning, request.output.maxTokens, mayThink, writing);
    case 'reasoning-config':
      if (!isOff) additional['reasoningConfig'] = { type: 'enabled', maxReasoningEffort: novaEffort(request, writing) };
      return undefined;
    case 'effort':
      additional['reasoning_effort'] = isOff ? lowest(writing) : nearestEffort(reasoning, writing);
      return undefined;
    default:
      if (!isOff) losses.hint('reasoning_effort', 'it is not known how the model is told to think');
      return undefined;
  }
}

function setEffort(reasoning: Reasoning, known: readonly string[], writing: Writing): void {
  const asked = reasoning.effort ?? byBudget(reasoning.budgetTokens);
  if (asked === undefined) return;
  writing.additional['output_config'] = { effort: nearest(asked, known, writing) };
}

/** Within a budget of tokens, which the limit of tokens must exceed. */
function withBudget(
  reasoning: Reasoning,
  maxTokens: number | undefined,
  mayThink: boolean,
  { additional, losses }: Writing,
): number | undefined {
  if (!mayThink) {
    losses.hint('reasoning_effort', 'the model cannot think when its answer has begun without, or a call is forced');
    return undefined;
  }
  const wanted = reasoning.budgetTokens ?? budgets[reasoning.effort ?? 'medium'] ?? MIN_BUDGET;
  const limit = maxTokens ?? Number.POSITIVE_INFINITY;
  if (limit <= MIN_BUDGET) {
    losses.hint('reasoning_effort', `thinking takes more than ${MIN_BUDGET} tokens of the answer`);
    return undefined;
  }
  const budget = Math.max(MIN_BUDGET, Math.min(wanted, limit - MIN_BUDGET));
  additional['thinking'] = { type: 'enabled', budget_tokens: budget };
  return maxTokens === undefined ? budget + ANSWER_TOKENS : undefined;
}

/** The highest effort takes neither a limit of tokens nor a temperature. */
function novaEffort({ reasoning = { mode: 'on' }, output, sampling }: ChatRequest, writing: Writing): string {
  const effort = nearestEffort(reasoning, writing);
  const isBound = [output.maxTokens, sampling.temperature, sampling.topP].some((value) => value !== undefined);
  if (effort !== 'high' || !isBound) return effort;
  writing.losses.hint('reasoning_effort', 'the highest takes no limit of tokens and no temperature', 'approximated');
  return 'medium';
}

function nearestEffort(reasoning: Reasoning, writing: Writing): string {
  const asked = reasoning.effort ?? byBudget(reasoning.budgetTokens) ?? 'medium';
  return nearest(asked, listOf(writing.able, 'efforts') ?? ['low', 'medium', 'high'], writing);
}

function lowest(writing: Writing): string {
  writing.losses.hint('reasoning_effort', 'the model always thinks: it thinks as little as it can', 'approximated');
  return listOf(writing.able, 'efforts')?.[0] ?? 'low';
}

function nearest(effort: string, known: readonly string[], { losses }: Writing): string {
  if (known.includes(effort)) return effort;
  losses.hint('reasoning_effort', `the model knows ${known.join(', ')}`, 'approximated');
  const at = order.indexOf(effort);
  const distance = (other: string): number => Math.abs(order.indexOf(other) - at);
  const [closest = 'medium'] = known.toSorted((one, other) => distance(one) - distance(other));
  return at === -1 ? 'medium' : closest;
}

function byBudget(budget: number | undefined): string | undefined {
  if (budget === undefined) return undefined;
  return order.find((effort) => budget <= (budgets[effort] ?? 0)) ?? 'max';
}
