import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, type Incoming } from '@tapgate/core';
import { writeModels } from './list-models.ts';

const incoming: Incoming = { operation: 'models', path: '/v1/models', query: '', headers: new Map(), body: bodyOf() };
const models = [
  { id: 'smart', ownedBy: 'anthropic', created: 1_700_000_000, displayName: 'Smart', contextWindow: 200_000 },
  { id: 'anthropic/claude-opus-5', ownedBy: 'anthropic', created: 1_700_000_000 },
];

test('all models are on one page', () => {
  const { status, body } = writeModels(models, incoming);
  assert.equal(status, 200);
  assert.deepEqual(JSON.parse(body), {
    data: [
      {
        type: 'model',
        id: 'smart',
        display_name: 'Smart',
        created_at: '2023-11-14T22:13:20Z',
        max_input_tokens: 200_000,
        max_tokens: null,
        capabilities: null,
      },
      {
        type: 'model',
        id: 'anthropic/claude-opus-5',
        display_name: 'anthropic/claude-opus-5',
        created_at: '2023-11-14T22:13:20Z',
        max_input_tokens: null,
        max_tokens: null,
        capabilities: null,
      },
    ],
    has_more: false,
    first_id: 'smart',
    last_id: 'anthropic/claude-opus-5',
  });
});

test('one model is found by its id, slashes included, and another is an error in this dialect', () => {
  assert.equal(
    (JSON.parse(writeModels(models, incoming, 'anthropic/claude-opus-5').body) as { id: string }).id,
    'anthropic/claude-opus-5',
  );
  const missing = writeModels(models, incoming, 'none');
  assert.equal(missing.status, 404);
  assert.match(missing.body, /not_found_error/);
});
