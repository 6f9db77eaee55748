import { type Incoming, type JsonObject, type ListedModel, writeJson } from '@tapgate/core';

/**
 * All models. What is known only of a file on a disk is empty.
 *
 * @see https://docs.ollama.com/api/tags
 */
export function writeModels(
  models: readonly ListedModel[],
  _incoming?: Incoming,
): { readonly status: number; readonly body: string } {
  return { status: 200, body: writeJson({ models: models.map(modelOf) }) };
}

function modelOf({ id, ownedBy, created }: ListedModel): JsonObject {
  return {
    name: id,
    model: id,
    modified_at: new Date(created * 1000).toISOString(),
    size: 0,
    digest: '',
    details: {
      parent_model: '',
      format: '',
      family: ownedBy,
      families: [ownedBy],
      parameter_size: '',
      quantization_level: '',
    },
  };
}
