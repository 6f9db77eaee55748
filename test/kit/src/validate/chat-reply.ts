import { chatFinishReasons, checkChatUsage } from './chat-usage.ts';
import { Findings, type RuleTable } from './findings.ts';
import {
  bodyObject,
  isCount,
  isNothing,
  isText,
  listOf,
  objectOf,
  parsedObject,
  textOf,
  type Members,
} from './shape.ts';

type Rule =
  | 'json'
  | 'object'
  | 'id'
  | 'model'
  | 'created'
  | 'choices'
  | 'choice-index'
  | 'message'
  | 'text'
  | 'finish'
  | 'finish-tools'
  | 'finish-stop'
  | 'tool-list'
  | 'tool-id'
  | 'tool-type'
  | 'tool-name'
  | 'tool-text'
  | 'tool-json'
  | 'usage-shape'
  | 'usage-sum';

/** What the official clients of `openai-chat` need of a whole answer. */
export const chatReplyRules: RuleTable<Rule> = {
  json: 'The answer is no JSON object.',
  object: 'The answer has the object "{object}" and not "chat.completion".',
  id: 'The answer has no id.',
  model: 'The answer names no model.',
  created: 'The answer has the time {created}, which is no whole number of seconds.',
  choices: 'The answer has no choice.',
  'choice-index': 'The choice at {at} has the index {index}.',
  message: 'Choice {choice} has no message of the role "assistant".',
  text: 'Choice {choice} has the {field} {value}, which is neither a text nor null.',
  finish: 'Choice {choice} has the finish_reason {reason}, which no client knows.',
  'finish-tools': 'Choice {choice} ends by "tool_calls" and has none.',
  'finish-stop': 'Choice {choice} ends by "stop" and has {count} tool calls, which no client will run.',
  'tool-list': 'Choice {choice} has tool_calls that are no list of objects.',
  'tool-id': 'Tool call {index} has the id "{id}", which is empty or taken.',
  'tool-type': 'Tool call {index} has the type {type}.',
  'tool-name': 'Tool call {index} has no name.',
  'tool-text': 'Tool call {index} has the arguments {value}, which are no text.',
  'tool-json': 'The arguments of tool call {index} are no JSON object: {text}',
  'usage-shape': 'The usage is not what clients can count with: {usage}',
  'usage-sum': 'The usage has the total {total}, which is not {read} and {written}.',
};

/** Checks a whole chat completion, given as its bytes, its text or what they say. */
export function validateChatReply(body: unknown, options: { readonly written?: boolean } = {}): readonly string[] {
  const findings = new Findings(chatReplyRules);
  const reply = bodyObject(body);
  if (!findings.claim(reply !== undefined, 'json') || !reply) return findings.sentences;
  const { object, created, usage } = reply;
  findings.claim(object === 'chat.completion', 'object', { object });
  findings.claim(textOf(reply['id']) !== undefined, 'id');
  findings.claim(textOf(reply['model']) !== undefined, 'model');
  findings.claim(isCount(created), 'created', { created });
  const choices = listOf(reply['choices']) ?? [];
  findings.claim(choices.length > 0, 'choices');
  for (const [at, choice] of choices.entries()) checkChoice(objectOf(choice) ?? {}, at, findings, options.written);
  if (!isNothing(usage)) checkChatUsage(usage, findings);
  return findings.sentences;
}

function checkChoice(members: Members, choice: number, findings: Findings<Rule>, written = false): void {
  const { index, finish_reason: reason } = members;
  findings.claim(index === choice, 'choice-index', { at: choice, index });
  const known = isText(reason) && chatFinishReasons.includes(reason);
  findings.claim(known, 'finish', { choice, reason });
  const message = objectOf(members['message']);
  if (!findings.claim(message?.['role'] === 'assistant', 'message', { choice }) || !message) return;
  for (const field of ['content', 'refusal', 'reasoning_content', 'reasoning']) {
    const value = message[field];
    findings.claim(isNothing(value) || isText(value), 'text', { choice, field, value });
  }
  const calls = isNothing(message['tool_calls']) ? [] : (listOf(message['tool_calls']) ?? [undefined]);
  const fits = calls.every((call) => objectOf(call) !== undefined);
  if (!findings.claim(fits, 'tool-list', { choice })) return;
  const count = calls.length;
  findings.claim(reason !== 'tool_calls' || count > 0, 'finish-tools', { choice });
  if (written) findings.claim(reason !== 'stop' || count === 0, 'finish-stop', { choice, count });
  const whole = reason !== 'length' && reason !== 'content_filter';
  const ids = new Set<unknown>();
  for (const [at, call] of calls.entries()) checkCall(objectOf(call) ?? {}, at, { findings, ids, whole });
}

function checkCall(
  call: Members,
  index: number,
  { findings, ids, whole }: { findings: Findings<Rule>; ids: Set<unknown>; whole: boolean },
): void {
  const { id, type } = call;
  findings.claim(textOf(id) !== undefined && !ids.has(id), 'tool-id', { index, id });
  ids.add(id);
  findings.claim(type === 'function' || type === 'custom', 'tool-type', { index, type });
  const custom = type === 'custom';
  const named = objectOf(call[custom ? 'custom' : 'function']);
  findings.claim(textOf(named?.['name']) !== undefined, 'tool-name', { index });
  const text = named?.[custom ? 'input' : 'arguments'];
  if (!isText(text)) findings.report('tool-text', { index, value: text });
  else findings.claim(custom || !whole || parsedObject(text) !== undefined, 'tool-json', { index, text });
}
