import { errors } from './errors.ts';

/** A call's path: which model, and what is asked of it. */
export interface CallPath {
  /** Without the `models/` before it: `gemini-2.5-flash`, `tunedModels/mine`, `endpoints/123`. */
  readonly model: string;
  /** `generateContent`, `countTokens`; empty for the model itself. */
  readonly method: string;
}

/** What may stand before the model: an API version, and where Vertex AI keeps it. */
const prefix = /^\/(?:v\d+(?:alpha|beta)?\d*\/)?(?:projects\/[^/]+\/locations\/[^/]+\/)?(?:publishers\/google\/)?/;

/**
 * Reads `/v1beta/models/{model}:{method}` and its kin; undefined where a path has no model in it. What the path says of
 * a project, a place or a version means nothing here: only the operator chooses where the gateway connects.
 */
export function readCallPath(path: string): CallPath | undefined {
  const rest = path.replace(prefix, '');
  const named = /^(models\/|tunedModels\/|endpoints\/)(.+)$/.exec(rest);
  if (named === null) return undefined;
  const [, collection = '', call = ''] = named;
  const colon = decodedColon(call);
  const name = decoded(colon === undefined ? call : call.slice(0, colon.index));
  const method = colon === undefined ? '' : call.slice(colon.index + colon.length);
  return { model: collection === 'models/' ? name : collection + name, method };
}

/** The last colon: names of other providers' models may have some of their own. */
function decodedColon(call: string): { readonly index: number; readonly length: number } | undefined {
  const index = call.lastIndexOf(':');
  const escaped = call.toLowerCase().lastIndexOf('%3a');
  if (index === -1 && escaped === -1) return undefined;
  const [at, length] = index > escaped ? [index, 1] : [escaped, 3];
  return /^[A-Za-z]+$/.test(call.slice(at + length)) ? { index: at, length } : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The path below a base URL for a model's method: `/models/gemini-2.5-flash:generateContent`.
 *
 * @throws MODEL_NAME_INVALID where the name would lead somewhere else.
 */
export function writeCallPath(model: string, method: string): string {
  const name = model.replace(/^(?:publishers\/google\/)?models\//, '');
  const segments = name.split('/');
  if (!segments.every(isSegment)) throw errors.MODEL_NAME_INVALID({ model: model.slice(0, 200) }, { param: 'model' });
  const inCollection = segments.length > 1 && /^(?:tunedModels|endpoints|publishers)$/.test(segments[0] ?? '');
  const path = segments.map((segment) => encodeURIComponent(segment)).join('/');
  return `/${inCollection ? path : `models/${path}`}${method === '' ? '' : `:${method}`}`;
}

/** What stays where it is when the path is read: neither nothing, nor dots, nor what no URL can hold. */
function isSegment(segment: string): boolean {
  return segment !== '' && !/^\.+$/.test(segment) && !/[\p{Cc}\\]/u.test(segment) && segment.isWellFormed();
}
