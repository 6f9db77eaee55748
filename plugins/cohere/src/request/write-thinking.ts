import type { ChatRequest, JsonObject } from '@tapgate/core';
import type { Writing } from './writing.ts';

/** Tokens to think with, by effort. A table, because no formula is any vendor's. */
const budgets: Readonly<Record<string, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 31_000,
};

/** How the model shall think. @see https://docs.cohere.com/docs/reasoning */
export function writeThinking({ reasoning }: ChatRequest, { able, own, losses }: Writing): JsonObject | undefined {
  if (reasoning === undefined) return undefined;
  const { mode, effort, budgetTokens } = reasoning;
  const isOff = mode === 'off' || effort === 'none';
  if (able['reasoning'] === false && !own) {
    if (!isOff) losses.hint('reasoning_effort', 'the model does not think');
    return undefined;
  }
  if (isOff) return { type: 'disabled' };
  const budget = budgetTokens ?? (effort === undefined ? undefined : budgets[effort]);
  if (effort !== undefined && budgetTokens === undefined)
    losses.hint('reasoning_effort', 'the model takes a number of tokens in its place', 'approximated');
  return { type: 'enabled', token_budget: budget };
}
