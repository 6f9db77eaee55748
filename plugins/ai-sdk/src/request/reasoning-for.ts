import type { Losses, Reasoning } from '@tapgate/core';
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { Asked } from './asked.ts';

type Effort = NonNullable<LanguageModelV4CallOptions['reasoning']>;

const efforts: ReadonlySet<string> = new Set<Effort>(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']);

/** From so many tokens on a budget is this effort. */
const budgets: readonly (readonly [tokens: number, effort: Effort])[] = [
  [16_384, 'high'],
  [4_096, 'medium'],
  [0, 'low'],
];

/** How much the model is to think, in the one word that the AI SDK has for it. */
export function reasoningFor(
  reasoning: Reasoning | undefined,
  { version }: Asked,
  losses: Losses,
): { readonly reasoning?: Effort } {
  if (reasoning === undefined) return {};
  if (reasoning.visible === 'none' || reasoning.summary !== undefined)
    losses.hint('reasoning.summary', 'the package decides what of its thinking is shown');
  if (reasoning.mode === 'auto' && reasoning.effort === undefined) return {};
  if (version === 'v3') {
    losses.hint('reasoning', 'a package of this version takes it in "providerOptions" only');
    return {};
  }
  return { reasoning: effortOf(reasoning, losses) };
}

function effortOf({ mode, effort, budgetTokens }: Reasoning, losses: Losses): Effort {
  if (mode === 'off') return 'none';
  if (effort !== undefined && efforts.has(effort)) return effort as Effort;
  if (effort !== undefined) losses.hint('reasoning.effort', 'the AI SDK has no such effort', 'approximated');
  if (budgetTokens === undefined) return 'medium';
  losses.hint('reasoning.budget_tokens', 'the AI SDK has efforts, and no budgets', 'approximated');
  return budgets.find(([tokens]) => budgetTokens >= tokens)?.[1] ?? 'low';
}
