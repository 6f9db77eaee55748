import { coreErrors, type JsonObject, type ListedModel } from '@tapgate/core';
import { writeError } from './errors/write-error.ts';

/** Answers what models there are, or one of them. */
export function writeModels(
  models: readonly ListedModel[],
  id: string | undefined,
): { readonly status: number; readonly body: string } {
  if (id === undefined) return { status: 200, body: JSON.stringify({ object: 'list', data: models.map(modelOf) }) };
  const model = models.find((listed) => listed.id === id);
  if (model !== undefined) return { status: 200, body: JSON.stringify(modelOf(model)) };
  const { status, body } = writeError(coreErrors.MODEL_UNKNOWN({ model: id, hint: '' }));
  return { status, body };
}

function modelOf({ id, ownedBy, created, contextWindow, maxOutputTokens }: ListedModel): JsonObject {
  return {
    id,
    object: 'model',
    created,
    owned_by: ownedBy,
    ...(contextWindow !== undefined && { context_length: contextWindow }),
    ...(maxOutputTokens !== undefined && { max_output_tokens: maxOutputTokens }),
  };
}
