import assert from 'node:assert/strict';
import { test } from 'node:test';

type Members = Readonly<Record<string, any>>;

const roles = new Set(['system', 'user', 'assistant', 'tool']);
const blocks: Readonly<Record<string, readonly string[]>> = {
  system: ['text'],
  user: ['text', 'image_url'],
  assistant: ['text', 'thinking'],
  tool: ['text', 'document'],
};
const top: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'tools',
  'tool_choice',
  'strict_tools',
  'documents',
  'citation_options',
  'response_format',
  'safety_mode',
  'max_tokens',
  'stop_sequences',
  'temperature',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'k',
  'p',
  'logprobs',
  'thinking',
  'priority',
  'stream',
]);

/** What is wrong with a request by the vendor's description of its API, as sentences; nothing where it is right. */
export function requestFaults(body: Members): readonly string[] {
  const faults = Object.keys(body)
    .filter((name) => !top.has(name))
    .map((name) => `"${name}" is unknown`);
  let open: string[] = [];
  for (const [at, message] of (body['messages'] as Members[]).entries()) {
    faults.push(...messageFaults(message).map((fault) => `messages[${at}] ${fault}`));
    if (message['role'] !== 'tool' && open.length > 0)
      faults.push(`messages[${at}] stands between calls and their results`);
    if (message['role'] === 'tool' && !open.includes(message['tool_call_id']))
      faults.push(`messages[${at}] answers no open call`);
    open =
      message['role'] === 'assistant'
        ? (message['tool_calls'] ?? []).map(({ id }: Members) => id as string)
        : open.filter((id) => id !== message['tool_call_id']);
  }
  if (open.length > 0) faults.push('calls are left without results');
  for (const { type, function: called } of (body['tools'] ?? []) as Members[])
    if (type !== 'function' || !/^[a-zA-Z0-9_-]+$/.test(called.name) || called.parameters === undefined)
      faults.push(`a tool is no function: ${called?.name}`);
  if ((body['stop_sequences'] ?? []).length > 5) faults.push('there are too many stop sequences');
  return faults;
}

function messageFaults({ role, content, tool_calls: calls }: Members): readonly string[] {
  const faults: string[] = [];
  if (!roles.has(role)) faults.push(`has the role ${role}`);
  if (content === undefined && calls === undefined) faults.push('says nothing');
  for (const { type } of Array.isArray(content) ? content : [])
    if (blocks[role]?.includes(type) !== true) faults.push(`has a block of the type ${type}`);
  for (const { id, type, function: called } of calls ?? []) {
    if (typeof id !== 'string' || id === '' || type !== 'function') faults.push('has a call without an id');
    if (typeof JSON.parse(called.arguments) !== 'object') faults.push('has arguments that are no object');
  }
  return faults;
}

test('a request is held against the vendor’s description of it', () => {
  const messages = [{ role: 'user', content: 'Hi' }];
  assert.deepEqual(requestFaults({ model: 'm', messages, stream: false }), []);
  const wrong = [{ role: 'developer' }, { role: 'tool', tool_call_id: 'x', content: [{ type: 'image_url' }] }];
  assert.equal(requestFaults({ model: 'm', messages: wrong, top_p: 1 }).length, 5);
});
