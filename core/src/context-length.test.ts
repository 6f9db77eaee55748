import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saysContextLength } from './context-length.ts';

const phrasings = [
  "This model's maximum context length is 8192 tokens. However, your messages resulted in 9012 tokens.",
  'Your input exceeds the context window of this model. Please adjust your input and try again.',
  'prompt is too long: 210000 tokens > 200000 maximum',
  'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length',
  'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
  'The prompt (total length 5000) is too long to fit into the model (context length 4096).',
  "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
  "Requested token count exceeds the model's maximum context length of 4096 tokens.",
  "This endpoint's maximum context length is 131072 tokens. However, you requested about 150000 tokens.",
  'Input is too long for requested model.',
  'Prompt contains 150000 tokens and 0 draft tokens, too large for model with 131072 maximum context length',
  'Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192',
  '`inputs` tokens + `max_new_tokens` must be <= 4097. Given: 4000 `inputs` tokens and 200 `max_new_tokens`',
  'the request exceeds the available context size, try increasing it',
  "This model's maximum prompt length is 131072 but the request contains 150000 tokens.",
  'too many tokens: total number of tokens in the prompt cannot exceed 4081',
  'Invalid request: Your request exceeded model token limit: 131072',
  'Prompt exceeds max length',
  'The number of tokens to keep from the initial prompt is greater than the context length.',
  'invalid params, context window exceeds limit (2013)',
  'The model returned the following errors: Input Tokens Exceeded: Number of input tokens exceeds maximum length',
];

const others = [
  'Rate limit reached for the model on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000.',
  'Request too large for the model in organization org on tokens per min (TPM): Limit 30000, Requested 40000.',
  'Too many tokens per minute, please wait before trying again.',
  "Invalid 'messages[0].content': string too long. Expected a string with maximum length 1048576.",
  'max_tokens is too large: 200000. This model supports at most 16384 completion tokens.',
  "Invalid 'messages[1].tool_calls[0].id': string too long. Expected a string with maximum length 40.",
  'image exceeds 5 MB maximum: 6123456 bytes > 5242880 bytes',
  'You exceeded your current quota, please check your plan and billing details.',
  'temperature must be non-negative, got -100.0.',
  '',
];

test('an error that says the conversation is too long is told from the words of any server', () => {
  for (const message of phrasings) assert.equal(saysContextLength(message), true, message);
});

test('an error about another limit is not about the length of the conversation', () => {
  for (const message of others) assert.equal(saysContextLength(message), false, message);
});

test('a code says it where the words do not', () => {
  assert.equal(saysContextLength('Too much.', 'context_length_exceeded'), true);
  assert.equal(saysContextLength('Too much.', 'string_above_max_length'), false);
});
