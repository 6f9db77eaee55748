import assert from 'node:assert/strict';
import { test } from 'node:test';

type Members = Readonly<Record<string, any>>;

const top: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'tools',
  'format',
  'options',
  'stream',
  'think',
  'keep_alive',
  'truncate',
  'shift',
  'logprobs',
  'top_logprobs',
]);
const members: ReadonlySet<string> = new Set([
  'role',
  'content',
  'thinking',
  'images',
  'tool_calls',
  'tool_name',
  'tool_call_id',
]);
const options: Readonly<Record<string, (value: any) => boolean>> = {
  seed: Number.isInteger,
  num_predict: Number.isInteger,
  num_ctx: Number.isInteger,
  top_k: Number.isInteger,
  temperature: Number.isFinite,
  top_p: Number.isFinite,
  min_p: Number.isFinite,
  repeat_penalty: Number.isFinite,
  presence_penalty: Number.isFinite,
  frequency_penalty: Number.isFinite,
  stop: (value) => Array.isArray(value) && value.every((text) => typeof text === 'string'),
};

/** What is wrong with a request by the types of the server, as sentences; nothing where it is right. */
export function requestFaults(body: Members): readonly string[] {
  const faults = Object.keys(body)
    .filter((name) => !top.has(name))
    .map((name) => `"${name}" is unknown`);
  for (const [at, message] of (body['messages'] as Members[]).entries())
    faults.push(...messageFaults(message).map((fault) => `messages[${at}] ${fault}`));
  for (const { type, function: called } of (body['tools'] ?? []) as Members[])
    if (type !== 'function' || typeof called.name !== 'string' || typeof called.parameters !== 'object')
      faults.push(`a tool is no function: ${called?.name}`);
  for (const [name, value] of Object.entries(body['options'] ?? {}))
    if (options[name]?.(value) !== true) faults.push(`the option ${name} is not right`);
  if (![undefined, true, false, 'low', 'medium', 'high', 'max'].includes(body['think']))
    faults.push('it thinks in an unknown way');
  if (body['format'] !== undefined && body['format'] !== 'json' && typeof body['format'] !== 'object')
    faults.push('its format is none');
  return faults;
}

function messageFaults(message: Members): readonly string[] {
  const { role, content, images, tool_calls: calls } = message;
  const faults = Object.keys(message)
    .filter((name) => !members.has(name))
    .map((name) => `has the unknown member ${name}`);
  if (!['system', 'user', 'assistant', 'tool'].includes(role)) faults.push(`has the role ${role}`);
  if (typeof content !== 'string') faults.push('has no text');
  for (const image of images ?? [])
    if (Buffer.from(image, 'base64').toString('base64') !== image) faults.push('has an image that is no base64');
  for (const { id, function: called } of calls ?? []) {
    if (typeof id !== 'string' || id === '') faults.push('has a call without an id');
    if (typeof called.arguments !== 'object' || Array.isArray(called.arguments))
      faults.push('has arguments that are no object');
  }
  return faults;
}

test('a request is held against the types of the server', () => {
  const messages = [{ role: 'user', content: 'Hi' }];
  assert.deepEqual(requestFaults({ model: 'm', messages, stream: false, options: { stop: ['a'] } }), []);
  const wrong = [
    { role: 'developer', content: [] },
    { role: 'user', content: '', images: ['https://a'] },
  ];
  assert.equal(requestFaults({ model: 'm', messages: wrong, top_p: 1, options: { stop: 'a' } }).length, 5);
});
