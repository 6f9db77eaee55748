import { Findings, type RuleTable } from './findings.ts';
import { checkResponsesUsage } from './responses-usage.ts';
import { bodyObject, isNothing, isText, listOf, objectOf, parsedObject, textOf, type Members } from './shape.ts';

type Rule =
  | 'json'
  | 'object'
  | 'id'
  | 'model'
  | 'created'
  | 'status'
  | 'output'
  | 'item-type'
  | 'item-id'
  | 'call-id'
  | 'call-name'
  | 'arguments'
  | 'message'
  | 'part'
  | 'usage-missing'
  | 'usage-shape'
  | 'usage-sum'
  | 'incomplete-reason'
  | 'failed-error';

/** What the official clients of `openai-responses` need of a whole answer. */
export const responsesReplyRules: RuleTable<Rule> = {
  json: 'The answer is no JSON object.',
  object: 'The answer has the object "{object}" and not "response".',
  id: 'The answer has no id.',
  model: 'The answer names no model.',
  created: 'The answer has the time {created}, which is none.',
  status: 'The answer has the status {status}, which no client knows.',
  output: 'The answer has no list of output items.',
  'item-type': 'The item {at} has no type.',
  'item-id': 'The item {at} has the id "{id}", which is empty or taken.',
  'call-id': 'The item {at} has the call_id "{id}", which is empty or taken.',
  'call-name': 'The item {at} is a call without a name.',
  arguments: 'The item {at} has arguments that are no JSON object: {args}',
  message: 'The item {at} is a message without the role "assistant" or without content.',
  part: 'The item {at} has a part that is neither output_text nor refusal with its text.',
  'usage-missing': 'The answer is completed and has no usage.',
  'usage-shape': 'The usage is not what clients can count with: {usage}',
  'usage-sum': 'The usage has the total {total}, which is not {read} and {written}.',
  'incomplete-reason': 'The answer is incomplete and does not say why.',
  'failed-error': 'The answer failed and has no error with a code and a message.',
};

const statuses = ['completed', 'incomplete', 'failed', 'in_progress', 'queued', 'cancelled'];

/** Checks a whole Response, given as its bytes, its text or what they say. */
export function validateResponsesReply(body: unknown): readonly string[] {
  const findings = new Findings(responsesReplyRules);
  const reply = bodyObject(body);
  if (!findings.claim(reply !== undefined, 'json') || !reply) return findings.sentences;
  const { object, created_at: created, status } = reply;
  findings.claim(object === 'response', 'object', { object });
  findings.claim(textOf(reply['id']) !== undefined, 'id');
  findings.claim(textOf(reply['model']) !== undefined, 'model');
  findings.claim(typeof created === 'number' && created >= 0, 'created', { created });
  findings.claim(isText(status) && statuses.includes(status), 'status', { status });
  const output = listOf(reply['output']);
  findings.claim(output !== undefined, 'output');
  const taken = new Set<unknown>();
  for (const [at, item] of (output ?? []).entries()) checkItem(objectOf(item) ?? {}, at, taken, findings);
  checkStatus(reply, findings);
  return findings.sentences;
}

function checkStatus(reply: Members, findings: Findings<Rule>): void {
  const { usage, status } = reply;
  if (status === 'completed') findings.claim(!isNothing(usage), 'usage-missing');
  if (!isNothing(usage)) checkResponsesUsage(usage, findings);
  const reason = objectOf(reply['incomplete_details'])?.['reason'];
  if (status === 'incomplete') findings.claim(textOf(reason) !== undefined, 'incomplete-reason');
  const { code, message } = objectOf(reply['error']) ?? {};
  const explained = textOf(code) !== undefined && textOf(message) !== undefined;
  if (status === 'failed') findings.claim(explained, 'failed-error');
}

function checkItem(item: Members, at: number, taken: Set<unknown>, findings: Findings<Rule>): void {
  const { type, id, call_id: callId, arguments: args } = item;
  findings.claim(textOf(type) !== undefined, 'item-type', { at });
  findings.claim(textOf(id) !== undefined && !taken.has(id), 'item-id', { at, id });
  taken.add(id);
  if (type === 'function_call' || type === 'custom_tool_call') {
    findings.claim(textOf(callId) !== undefined && !taken.has(callId), 'call-id', { at, id: callId });
    taken.add(callId);
    findings.claim(textOf(item['name']) !== undefined, 'call-name', { at });
  }
  if (type === 'function_call' && item['status'] !== 'incomplete') {
    findings.claim(isText(args) && parsedObject(args) !== undefined, 'arguments', { at, args });
  }
  if (type !== 'message') return;
  const content = listOf(item['content']);
  findings.claim(item['role'] === 'assistant' && content !== undefined, 'message', { at });
  for (const part of content ?? []) findings.claim(isPart(objectOf(part) ?? {}), 'part', { at });
}

function isPart({ type, text, refusal }: Members): boolean {
  return (type === 'output_text' && isText(text)) || (type === 'refusal' && isText(refusal));
}
