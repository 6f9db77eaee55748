import { coreErrors } from '@tapgate/core';
import { modelsPath } from './dialect-name.ts';

/** What a path asks: a model, as the client names it, and which of its pipelines where it has several. */
export interface AskedTask {
  readonly model: string;
  /** `/pipeline/feature-extraction`; empty where the model's own task is meant. */
  readonly pipeline: string;
}

/**
 * Reads `/hf-inference/models/{model}`, with a pipeline behind it or none. Conversations have an address of their own: what
 * they use is counted there.
 *
 * @throws ROUTE_UNKNOWN for any other path below that
 */
export function taskIn(path: string): AskedTask {
  const [, rest = '', pipeline = ''] = /^(.*?)(\/pipeline\/[a-z0-9-]+)?\/?$/.exec(path.slice(modelsPath.length)) ?? [];
  const model = decoded(rest);
  if (model === '' || /(^|\/)v1(\/|$)/.test(model)) {
    throw coreErrors.ROUTE_UNKNOWN({ method: 'POST', path, hint: ' Conversations are at "/v1/chat/completions".' });
  }
  return { model, pipeline };
}

/** The path of a model's task. @throws MODEL_UNKNOWN for what is no model's name: it could lead elsewhere. */
export function taskPath(model: string, pipeline: string): string {
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(model) || /(^|\/)\.+(\/|$)/.test(model))
    throw coreErrors.MODEL_UNKNOWN({ model, hint: '' }, { kind: 'not-found' });
  return `${modelsPath}${model}${pipeline}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
