import { defined, type Reasoning } from '@tapgate/core';
import type { Fields } from '../fields.ts';

/** The ways in which servers of this dialect are told how to think. */
export type ReasoningForm =
  | 'effort'
  | 'reasoning-object'
  | 'thinking-type'
  | 'enable-thinking'
  | 'chat-template-kwargs'
  | 'chat-template-args'
  | 'prompt-mode'
  | 'none';

/** Takes what a request says about thinking, in whichever form, and tells the form. */
export function readReasoning(
  fields: Fields,
): { readonly reasoning: Reasoning; readonly form: ReasoningForm } | undefined {
  for (const [form, read] of readers) {
    const reasoning = read(fields);
    if (reasoning !== undefined) return { reasoning, form };
  }
  return undefined;
}

const readers: readonly (readonly [form: ReasoningForm, read: (fields: Fields) => Reasoning | undefined])[] = [
  ['reasoning-object', readObject],
  ['thinking-type', readThinkingType],
  ['enable-thinking', readEnableThinking],
  ['chat-template-kwargs', (fields) => readTemplate(fields, 'chat_template_kwargs')],
  ['chat-template-args', (fields) => readTemplate(fields, 'chat_template_args')],
  ['effort', readEffort],
];

function readEffort(fields: Fields): Reasoning | undefined {
  const effort = fields.string('reasoning_effort');
  if (effort === undefined) return undefined;
  return effort === 'none' ? { mode: 'off' } : { mode: 'on', effort };
}

/** `reasoning: { effort, max_tokens, enabled, exclude, summary }`. The switch is taken where nothing else says how much. */
function readObject(fields: Fields): Reasoning | undefined {
  return fields.nested('reasoning', (inner): Reasoning => {
    const effort = inner.string('effort');
    const budgetTokens = inner.number('max_tokens');
    const measured = effort !== undefined || budgetTokens !== undefined;
    const enabled = measured && inner.peek('enabled') === true ? undefined : inner.boolean('enabled');
    const settings = { budgetTokens, visible: visibleBy(inner.boolean('exclude')), summary: inner.string('summary') };
    if (enabled === false || effort === 'none') return { mode: 'off', ...defined(settings) };
    return { mode: measured || enabled === true ? 'on' : 'auto', ...defined({ effort, ...settings }) };
  });
}

function visibleBy(exclude: boolean | undefined): Reasoning['visible'] {
  if (exclude === undefined) return undefined;
  return exclude ? 'none' : 'full';
}

/** `thinking: { type: 'enabled' | 'disabled' | 'auto', budget_tokens }`, with an effort beside it on some servers. */
function readThinkingType(fields: Fields): Reasoning | undefined {
  return fields.nested('thinking', (inner): Reasoning => {
    const type = inner.string('type');
    const effort = fields.string('reasoning_effort');
    return { mode: modeOf(type), ...defined({ effort, budgetTokens: inner.number('budget_tokens') }) };
  });
}

function modeOf(type: string | undefined): Reasoning['mode'] {
  if (type === 'disabled') return 'off';
  return type === 'enabled' ? 'on' : 'auto';
}

function readEnableThinking(fields: Fields): Reasoning | undefined {
  const enabled = fields.boolean('enable_thinking');
  const budgetTokens = fields.number('thinking_budget');
  if (enabled === undefined && budgetTokens === undefined) return undefined;
  return { mode: enabled === false ? 'off' : 'on', ...defined({ budgetTokens }) };
}

function readTemplate(fields: Fields, member: 'chat_template_kwargs' | 'chat_template_args'): Reasoning | undefined {
  const enabled = fields.nested(member, (inner) => inner.boolean('enable_thinking'));
  return enabled === undefined ? undefined : { mode: enabled ? 'on' : 'off' };
}
