import { coreErrors, type Incoming, type JsonObject, type ListedModel, writeJson } from '@tapgate/core';
import { writeError } from './write-error.ts';

/**
 * The models, all on one page, or the one that was asked for.
 *
 * @see https://platform.claude.com/docs/en/api/models-list
 */
export function writeModels(
  models: readonly ListedModel[],
  _incoming: Incoming,
  id?: string,
): { readonly status: number; readonly body: string } {
  if (id === undefined) return { status: 200, body: writeJson(pageOf(models)) };
  const model = models.find((one) => one.id === id);
  if (model !== undefined) return { status: 200, body: writeJson(modelOf(model)) };
  return writeError(coreErrors.MODEL_UNKNOWN({ model: id.slice(0, 200), hint: '' }), '');
}

function pageOf(models: readonly ListedModel[]): JsonObject {
  return {
    data: models.map(modelOf),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  };
}

function modelOf({ id, displayName, created, contextWindow, maxOutputTokens }: ListedModel): JsonObject {
  return {
    type: 'model',
    id,
    display_name: displayName ?? id,
    created_at: new Date(created * 1000).toISOString().replace('.000', ''),
    max_input_tokens: contextWindow ?? null,
    max_tokens: maxOutputTokens ?? null,
    capabilities: null,
  };
}
