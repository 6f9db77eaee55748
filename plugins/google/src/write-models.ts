import { coreErrors, defined, type Incoming, type ListedModel } from '@tapgate/core';
import { errorDocument } from './write-error.ts';

/** The list of models in one page, or one of them. @see https://ai.google.dev/api/models */
export function writeModels(
  models: readonly ListedModel[],
  _incoming: Incoming,
  id?: string,
): { readonly status: number; readonly body: string } {
  if (id === undefined) return { status: 200, body: JSON.stringify({ models: models.map(modelOf) }) };
  const model = models.find((one) => one.id === id);
  if (model === undefined) return errorDocument(coreErrors.MODEL_UNKNOWN({ model: id.slice(0, 200), hint: '' }));
  return { status: 200, body: JSON.stringify(modelOf(model)) };
}

function modelOf({ id, displayName, contextWindow, maxOutputTokens }: ListedModel): object {
  return {
    name: `models/${id}`,
    version: '001',
    displayName: displayName ?? id,
    description: displayName ?? id,
    ...defined({ inputTokenLimit: contextWindow, outputTokenLimit: maxOutputTokens }),
    supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
  };
}
