import type { Capabilities, ChatRequest, JsonObject, Reasoning } from '@tapgate/core';
import type { Losses } from './losses.ts';

/** Efforts from the least to the most, and the thinking tokens that each stands for. */
const budgets = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_768,
} as const;
type Effort = keyof typeof budgets;
const efforts = Object.keys(budgets) as readonly Effort[];
const allLevels = ['minimal', 'low', 'medium', 'high'];

/** Tokens that an effort leaves for the answer itself, where the client limits both together. */
const answerTokens = 1024;

/**
 * How a model shall think, in the words of its family: a budget of tokens before the third generation, a level from then
 * on; both together are a 400. A family that cannot stop thinking gets its least.
 *
 * @see https://ai.google.dev/gemini-api/docs/thinking
 */
export function writeThinking(request: ChatRequest, able: Capabilities, losses: Losses): JsonObject | undefined {
  const { reasoning } = request;
  if (reasoning === undefined) return undefined;
  if (able['thinking'] === false) {
    if (reasoning.mode === 'on') losses.hint('reasoning', 'this model does not think');
    return undefined;
  }
  const config = { ...amount(reasoning, request.output.maxTokens, able, losses), ...visibility(reasoning) };
  return Object.keys(config).length === 0 ? undefined : config;
}

function visibility({ mode, visible, summary }: Reasoning): JsonObject {
  if (visible === 'none') return { includeThoughts: false };
  const shown = visible !== undefined || summary !== undefined;
  return shown && mode !== 'off' ? { includeThoughts: true } : {};
}

function amount(reasoning: Reasoning, maxTokens: number | undefined, able: Capabilities, losses: Losses): JsonObject {
  const { mode, effort, budgetTokens } = reasoning;
  if (mode === 'off') return leastOf(able, losses);
  if (effort !== undefined && !isEffort(effort)) {
    losses.hint('reasoning_effort', `"${effort}" is no effort that this API knows`);
    return {};
  }
  const family = able['thinking'] ?? (effort === undefined ? 'budget' : 'level');
  if (family === 'level')
    return effort === undefined && budgetTokens === undefined ? {} : levelFor(effort, budgetTokens, able, losses);
  if (budgetTokens !== undefined) return { thinkingBudget: within(budgetTokens, able, losses) };
  if (effort === undefined) return {};
  const wanted = maxTokens === undefined ? budgets[effort] : Math.min(budgets[effort], maxTokens - answerTokens);
  return { thinkingBudget: within(wanted, able) };
}

function isEffort(effort: string): effort is Effort {
  return Object.hasOwn(budgets, effort);
}

/** No thinking, or as little as there is. */
function leastOf(able: Capabilities, losses: Losses): JsonObject {
  if (able['thinking'] !== 'level') {
    const least = able['thinkingOff'] === false ? numberOf(able, 'thinkingMin', 128) : 0;
    if (least > 0)
      losses.hint('reasoning', 'this model always thinks; it is asked to think as little as it can', 'approximated');
    return { thinkingBudget: least };
  }
  const [least = 'low'] = levelsOf(able);
  losses.hint('reasoning', 'this model always thinks; it is asked to think as little as it can', 'approximated');
  return { thinkingLevel: least.toUpperCase() };
}

/** The level at or above what was asked, else the highest. */
function levelFor(
  effort: Effort | undefined,
  tokens: number | undefined,
  able: Capabilities,
  losses: Losses,
): JsonObject {
  const asked = effort ?? efforts.find((one) => budgets[one] >= (tokens ?? 0)) ?? 'max';
  const levels = levelsOf(able);
  const rank = efforts.indexOf(asked);
  const level = levels.find((one) => efforts.indexOf(one as Effort) >= rank) ?? levels.at(-1) ?? 'high';
  if (effort === undefined)
    losses.hint('reasoning.max_tokens', `this model thinks by levels; ${tokens} tokens are "${level}"`, 'approximated');
  else if (level !== effort) {
    const how = rank > efforts.indexOf(level as Effort) ? 'clamped' : 'approximated';
    losses.hint('reasoning_effort', `this model has no "${effort}"; it is asked for "${level}"`, how);
  }
  return { thinkingLevel: level.toUpperCase() };
}

function levelsOf(able: Capabilities): readonly string[] {
  const levels = able['thinkingLevels'];
  return Array.isArray(levels) ? (levels as readonly string[]) : allLevels;
}

function within(tokens: number, able: Capabilities, losses?: Losses): number {
  const least = numberOf(able, 'thinkingMin', 1);
  const most = numberOf(able, 'thinkingMax', Number.MAX_SAFE_INTEGER);
  const budget = Math.min(Math.max(tokens, least), most);
  if (budget !== tokens)
    losses?.hint('reasoning.max_tokens', `this model thinks for ${least} to ${most} tokens`, 'clamped');
  return budget;
}

function numberOf(able: Capabilities, name: string, otherwise: number): number {
  const value = able[name];
  return typeof value === 'number' ? value : otherwise;
}
