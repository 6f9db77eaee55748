import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatRequest, JsonObject, Loss, Reasoning } from '@tapgate/core';
import { geminiAbilities } from '../gemini-abilities.ts';
import { Losses } from './losses.ts';
import { writeThinking } from './thinking.ts';

function thinking(
  model: string,
  reasoning: Reasoning,
  maxTokens?: number,
): { readonly config: JsonObject | undefined; readonly losses: readonly Loss[] } {
  const losses = new Losses();
  const output = maxTokens === undefined ? {} : { maxTokens };
  const request = { reasoning, output } as ChatRequest;
  return { config: writeThinking(request, geminiAbilities(model), losses), losses: losses.list };
}

const on = (effort: string): Reasoning => ({ mode: 'on', effort });

test('each effort has its budget or its level, and what a model has not is told', () => {
  const table: readonly (readonly [model: string, effort: string, config: JsonObject, told: string | undefined])[] = [
    ['gemini-2.5-flash', 'minimal', { thinkingBudget: 1024 }, undefined],
    ['gemini-2.5-flash', 'low', { thinkingBudget: 2048 }, undefined],
    ['gemini-2.5-flash', 'medium', { thinkingBudget: 8192 }, undefined],
    ['gemini-2.5-flash', 'high', { thinkingBudget: 16_384 }, undefined],
    ['gemini-2.5-flash', 'xhigh', { thinkingBudget: 24_576 }, undefined],
    ['gemini-2.5-pro', 'max', { thinkingBudget: 32_768 }, undefined],
    ['gemini-2.5-flash', 'max', { thinkingBudget: 24_576 }, undefined],
    ['gemini-3-flash-preview', 'minimal', { thinkingLevel: 'MINIMAL' }, undefined],
    ['gemini-3-flash-preview', 'medium', { thinkingLevel: 'MEDIUM' }, undefined],
    ['gemini-3-flash-preview', 'xhigh', { thinkingLevel: 'HIGH' }, 'clamped'],
    ['gemini-3-pro-preview', 'minimal', { thinkingLevel: 'LOW' }, 'approximated'],
    ['gemini-3-pro-preview', 'medium', { thinkingLevel: 'HIGH' }, 'approximated'],
    ['gemini-3.8-flash', 'minimal', { thinkingLevel: 'LOW' }, 'approximated'],
  ];
  for (const [model, effort, config, told] of table) {
    const written = thinking(model, on(effort));
    assert.deepEqual(written.config, config, `${model} ${effort}`);
    assert.equal(written.losses[0]?.how, told, `${model} ${effort}`);
  }
});

test('no model gets a level and a budget together', () => {
  const both: Reasoning = { mode: 'on', effort: 'low', budgetTokens: 5000 };
  for (const model of ['gemini-2.5-flash', 'gemini-3-flash-preview', 'unknown']) {
    const { config } = thinking(model, both);
    assert.equal(
      Number(config?.['thinkingLevel'] !== undefined) + Number(config?.['thinkingBudget'] !== undefined),
      1,
      model,
    );
  }
});

test('a budget is a level for models that have levels, and is kept within a model’s bounds', () => {
  assert.deepEqual(thinking('gemini-3-flash-preview', { mode: 'on', budgetTokens: 5000 }).config, {
    thinkingLevel: 'MEDIUM',
  });
  const { config, losses } = thinking('gemini-2.5-flash-lite', { mode: 'on', budgetTokens: 100 });
  assert.deepEqual(config, { thinkingBudget: 512 });
  assert.equal(losses[0]?.how, 'clamped');
});

test('thinking is switched off, or asked to be as little as there is', () => {
  const off: Reasoning = { mode: 'off' };
  assert.deepEqual(thinking('gemini-2.5-flash', off), { config: { thinkingBudget: 0 }, losses: [] });
  assert.deepEqual(thinking('gemini-2.5-pro', off).config, { thinkingBudget: 128 });
  assert.deepEqual(thinking('gemini-3-pro-preview', off).config, { thinkingLevel: 'LOW' });
  assert.equal(thinking('gemini-3-pro-preview', off).losses[0]?.how, 'approximated');
  assert.equal(thinking('gemini-2.0-flash', off).config, undefined);
});

test('an effort leaves room for the answer where the client limits both together', () => {
  assert.deepEqual(thinking('gemini-2.5-flash', on('high'), 4096).config, { thinkingBudget: 3072 });
  assert.deepEqual(thinking('gemini-2.5-pro', on('high'), 500).config, { thinkingBudget: 128 });
});

test('thoughts are shown to whom wants them, and not of a model that shall have none', () => {
  assert.deepEqual(thinking('gemini-2.5-flash', { mode: 'auto', visible: 'summary' }).config, {
    includeThoughts: true,
  });
  assert.deepEqual(thinking('gemini-2.5-flash', { mode: 'off', visible: 'summary' }).config, { thinkingBudget: 0 });
  assert.equal(thinking('gemini-2.5-flash', { mode: 'auto' }).config, undefined);
});

test('an effort that nobody knows is told, not guessed', () => {
  const { config, losses } = thinking('gemini-3-flash-preview', on('heroic'));
  assert.equal(config, undefined);
  assert.deepEqual(
    losses.map(({ field, contract }) => [field, contract]),
    [['reasoning_effort', false]],
  );
});
