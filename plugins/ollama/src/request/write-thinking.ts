import type { ChatRequest, Json } from '@tapgate/core';
import type { Writing } from './writing.ts';

/** The four levels there are, by the words of others. */
const levels: Readonly<Record<string, string>> = { minimal: 'low', xhigh: 'max' };
const known: ReadonlySet<string> = new Set(['low', 'medium', 'high', 'max']);

/**
 * How the model shall think: by a level, or whether at all. What the client does not say is the operator's to say.
 *
 * @see https://docs.ollama.com/capabilities/thinking
 */
export function writeThinking(
  { reasoning }: ChatRequest,
  own: Json | undefined,
  { able, own: isOwn, losses }: Writing,
): Json | undefined {
  if (reasoning === undefined) return own ?? able['think'];
  const { mode, effort, budgetTokens } = reasoning;
  const isOff = mode === 'off' || effort === 'none';
  if (able['reasoning'] === false && !isOwn) {
    if (!isOff) losses.hint('reasoning_effort', 'the model does not think');
    return undefined;
  }
  if (isOff) return false;
  if (effort === undefined && budgetTokens === undefined && mode === 'auto') return able['think'];
  if (budgetTokens !== undefined)
    losses.hint('thinking.budget_tokens', 'the model takes a level in its place', 'approximated');
  if (effort === undefined) return true;
  if (known.has(effort)) return effort;
  const level = Object.hasOwn(levels, effort) ? levels[effort] : undefined;
  losses.hint('reasoning_effort', `the levels are ${[...known].join(', ')}`, 'approximated');
  return level ?? true;
}
