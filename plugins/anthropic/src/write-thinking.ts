import {
  type ChatRequest,
  defined,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type Reasoning,
} from '@tapgate/core';
import { isThinking } from './lawful-turns.ts';
import type { Message } from './message.ts';
import { ownOf } from './own-fields.ts';
import { listOf, type Writing } from './writing.ts';

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

/** What the request says of thinking. */
export interface Thinking {
  readonly thinking?: JsonObject;
  readonly effort?: string;
}

/** What else of the request decides how a model may think. */
export interface Around {
  readonly messages: readonly Message[];
  readonly maxTokens: number | undefined;
  /** The model must call a tool. */
  readonly forced: boolean;
}

/** How the model shall think, in the way that it can be told. */
export function writeThinking(request: ChatRequest, around: Around, writing: Writing): Thinking {
  const { reasoning } = request;
  if (reasoning === undefined) return {};
  const own = writing.own ? ownThinking(reasoning, ownOf(request)?.['$thinking']) : undefined;
  if (own !== undefined) return own;
  if (reasoning.mode === 'off' || reasoning.effort === 'none') return switchedOff(writing);
  if (writing.able['reasoning'] === false) {
    writing.losses.hint('reasoning_effort', 'the model does not think');
    return {};
  }
  const modes = listOf(writing.able, 'thinkingModes');
  const adaptive =
    modes === undefined
      ? reasoning.budgetTokens === undefined && reasoning.mode === 'auto'
      : modes.includes('adaptive');
  return adaptive ? adaptively(reasoning, writing) : manually(reasoning, around, writing);
}

/** As its client wrote it, unless somebody asks for something the API has another word for. */
function ownThinking(reasoning: Reasoning, note: Json | undefined): Thinking | undefined {
  const { mode, budgetTokens, effort } = reasoning;
  const said = defined({ effort });
  if (note === 'unsaid' && mode === 'auto') return said;
  // What `thinking` says stands among the members that came along.
  if (note === 'own' && mode === 'auto') return said;
  if (mode === 'off') return { thinking: { type: 'disabled' }, ...said };
  if (mode === 'auto') return { thinking: { type: 'adaptive', ...display(reasoning) }, ...said };
  if (budgetTokens === undefined) return undefined;
  return { thinking: { type: 'enabled', budget_tokens: budgetTokens, ...display(reasoning) }, ...said };
}

function display({ visible }: Reasoning): JsonObject {
  return visible === undefined ? {} : { display: visible === 'none' ? 'omitted' : 'summarized' };
}

function switchedOff(writing: Writing): Thinking {
  const { able, losses } = writing;
  const modes = listOf(able, 'thinkingModes');
  if (able['thinkingDefault'] === 'off' || able['reasoning'] === false || modes === undefined) return {};
  if (modes.includes('disabled')) return { thinking: { type: 'disabled' } };
  losses.hint('reasoning_effort', 'the model always thinks: it thinks as little as it can', 'approximated');
  return { thinking: { type: 'adaptive' }, ...effortOf('low', writing) };
}

function adaptively(reasoning: Reasoning, writing: Writing): Thinking {
  const effort = reasoning.effort ?? byBudget(reasoning.budgetTokens);
  if (reasoning.effort === undefined && effort !== undefined) {
    writing.losses.hint('reasoning.max_tokens', `the model takes an effort in its place: ${effort}`, 'approximated');
  }
  return { thinking: { type: 'adaptive', ...display(reasoning) }, ...effortOf(effort, writing) };
}

function byBudget(budget: number | undefined): string | undefined {
  if (budget === undefined) return undefined;
  return order.find((effort) => budget <= (budgets[effort] ?? 0)) ?? 'max';
}

/** The effort, or the nearest one that the model knows. */
function effortOf(effort: string | undefined, { able, losses }: Writing): { readonly effort?: string } {
  if (effort === undefined) return {};
  const known = listOf(able, 'efforts') ?? ['low', 'medium', 'high'];
  if (known.includes(effort)) return { effort };
  const at = order.indexOf(effort);
  const distance = (other: string): number => Math.abs(order.indexOf(other) - at);
  const [nearest] = known.toSorted((one, other) => distance(one) - distance(other));
  losses.hint('reasoning_effort', `the model knows ${known.join(', ')}`, 'approximated');
  return at === -1 ? {} : defined({ effort: nearest });
}

/** Within a budget of tokens. What forbids it goes before: a forced call, an answer begun, a loop of calls begun without thinking. */
function manually(reasoning: Reasoning, around: Around, writing: Writing): Thinking {
  const { losses } = writing;
  if (around.forced) {
    losses.contract('reasoning_effort', 'the model cannot think while a tool call is forced');
    return {};
  }
  if (isBegun(around.messages)) {
    losses.hint('reasoning_effort', 'the model cannot think when its answer has begun without');
    return {};
  }
  const wanted = reasoning.budgetTokens ?? budgets[reasoning.effort ?? 'medium'] ?? budgets['medium'] ?? MIN_BUDGET;
  const limit = around.maxTokens ?? Number.POSITIVE_INFINITY;
  if (limit <= MIN_BUDGET) {
    losses.hint('reasoning_effort', `thinking takes more than ${MIN_BUDGET} tokens of the answer`);
    return {};
  }
  const budget = Math.max(MIN_BUDGET, Math.min(wanted, limit - MIN_BUDGET));
  // These models show their thinking unless they are told not to, and the older ones know no other word.
  const hidden = reasoning.visible === 'none' ? display(reasoning) : {};
  return { thinking: { type: 'enabled', budget_tokens: budget, ...hidden } };
}

/** Whether the model's last turn goes on, after a prefill or a call's result, and did not begin with thinking. */
function isBegun(messages: readonly Message[]): boolean {
  const last = messages.findLast(({ role }) => role !== 'system');
  if (last?.role === 'assistant') return true;
  if (!isArray(last?.content) || !last.content.some(isResult)) return false;
  const before = messages.findLast(({ role }) => role === 'assistant')?.content;
  return !isThinking(isArray(before) ? before[0] : undefined);
}

function isResult(block: Json): boolean {
  return isObject(block) && block['type'] === 'tool_result';
}
