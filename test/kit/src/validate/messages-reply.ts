import { Findings, type RuleTable } from './findings.ts';
import { checkMessagesUsage, stopReasons, toolId } from './messages-usage.ts';
import { bodyObject, isText, listOf, objectOf, textOf, type Members } from './shape.ts';

type Rule =
  | 'json'
  | 'type'
  | 'id'
  | 'model'
  | 'role'
  | 'content'
  | 'block'
  | 'tool-id'
  | 'tool-name'
  | 'tool-input'
  | 'stop-reason'
  | 'stop-tools'
  | 'stop-sequence'
  | 'usage-shape';

/** What the official clients of `anthropic-messages` need of a whole answer. */
export const messagesReplyRules: RuleTable<Rule> = {
  json: 'The answer is no JSON object.',
  type: 'The answer has the type "{type}" and not "message".',
  id: 'The answer has no id.',
  model: 'The answer names no model.',
  role: 'The answer has the role "{role}" and not "assistant".',
  content: 'The answer has no list of content blocks.',
  block: 'The block {at} has no type, or not the text that its type has: {block}',
  'tool-id': 'The block {at} has the id "{id}", which is taken or has characters that no id may have.',
  'tool-name': 'The block {at} is a tool call without a name.',
  'tool-input': 'The block {at} has an input that is no object: {input}',
  'stop-reason': 'The answer has the stop_reason {reason}, which no client knows.',
  'stop-tools': 'The answer stops by "{reason}" and has {count} tool calls for the client.',
  'stop-sequence': 'The answer stops by a stop sequence and does not name it.',
  'usage-shape': 'The usage is not what clients can count with: {usage}',
};

/** The text that a block of a type has. */
const textFields: Readonly<Record<string, string>> = {
  text: 'text',
  thinking: 'thinking',
  redacted_thinking: 'data',
};

/** Checks a whole Message, given as its bytes, its text or what they say. */
export function validateMessagesReply(body: unknown): readonly string[] {
  const findings = new Findings(messagesReplyRules);
  const reply = bodyObject(body);
  if (!findings.claim(reply !== undefined, 'json') || !reply) return findings.sentences;
  const { type, role, usage } = reply;
  findings.claim(type === 'message', 'type', { type });
  findings.claim(role === 'assistant', 'role', { role });
  findings.claim(textOf(reply['id']) !== undefined, 'id');
  findings.claim(textOf(reply['model']) !== undefined, 'model');
  checkMessagesUsage(usage, true, findings);
  const content = listOf(reply['content']);
  findings.claim(content !== undefined, 'content');
  const blocks = (content ?? []).map((block) => objectOf(block) ?? {});
  const ids = new Set<unknown>();
  for (const [at, block] of blocks.entries()) checkBlock(block, at, ids, findings);
  checkStop(reply, blocks.filter((block) => block['type'] === 'tool_use').length, findings);
  return findings.sentences;
}

function checkStop(reply: Members, count: number, findings: Findings<Rule>): void {
  const { stop_reason: reason, stop_sequence: sequence } = reply;
  findings.claim(isText(reason) && stopReasons.includes(reason), 'stop-reason', { reason });
  const fits = reason === 'tool_use' ? count > 0 : reason !== 'end_turn' || count === 0;
  findings.claim(fits, 'stop-tools', { reason, count });
  findings.claim(reason !== 'stop_sequence' || isText(sequence), 'stop-sequence');
}

function checkBlock(block: Members, at: number, ids: Set<unknown>, findings: Findings<Rule>): void {
  const { type, id, name, input } = block;
  const field = isText(type) ? textFields[type] : '';
  const fits = textOf(type) !== undefined && (field === undefined || isText(block[field]));
  findings.claim(fits, 'block', { at, block });
  if (!isText(type) || !['tool_use', 'server_tool_use', 'mcp_tool_use'].includes(type)) return;
  findings.claim(isText(id) && toolId.test(id) && !ids.has(id), 'tool-id', { at, id });
  ids.add(id);
  findings.claim(textOf(name) !== undefined, 'tool-name', { at });
  findings.claim(objectOf(input) !== undefined, 'tool-input', { at, input });
}
