import { coreErrors, type Incoming, type JsonObject, type ListedModel, writeJson } from '@tapgate/core';
import { writeError } from './write-error.ts';

/**
 * The models, all on one page, or the one that was asked for.
 *
 * @see https://docs.cohere.com/reference/list-models
 */
export function writeModels(
  models: readonly ListedModel[],
  _incoming: Incoming,
  id?: string,
): { readonly status: number; readonly body: string } {
  if (id === undefined) return { status: 200, body: writeJson({ models: models.map(modelOf), next_page_token: '' }) };
  const model = models.find((one) => one.id === id);
  if (model !== undefined) return { status: 200, body: writeJson(modelOf(model)) };
  return writeError(coreErrors.MODEL_UNKNOWN({ model: id.slice(0, 200), hint: '' }), '');
}

function modelOf({ id, contextWindow }: ListedModel): JsonObject {
  return { name: id, endpoints: ['chat'], finetuned: false, context_length: contextWindow ?? null };
}
