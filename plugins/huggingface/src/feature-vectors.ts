import {
  type Body,
  bytesOf,
  coreErrors,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  readJson,
  textBody,
  writeJson,
} from '@tapgate/core';

/** A request for vectors, as a pipeline of this place takes it. */
export interface FeaturesAsked {
  readonly body: Body;
  /** The texts, one vector each. */
  readonly texts: readonly string[];
  /** One text alone, which is answered with its vector alone. */
  readonly single: boolean;
}

/** What both APIs say the same way, and what only this place knows. */
const passed = ['normalize', 'prompt_name', 'truncate', 'truncation_direction'];

/**
 * Reads a request of the OpenAI embeddings API.
 *
 * @throws FIELD_UNSUPPORTED for what a pipeline cannot do: tokens for texts, another number of dimensions
 */
export function featuresAsked(target: string, body: Body): FeaturesAsked {
  const json = objectIn(body);
  const { input } = json;
  const lacks = (field: string, reason: string): never => {
    throw coreErrors.FIELD_UNSUPPORTED({ target, field, reason }, { kind: 'unsupported', param: field });
  };
  if (json['dimensions'] !== undefined && json['dimensions'] !== null)
    lacks('dimensions', 'its vectors have one length');
  const texts: readonly Json[] = isArray(input) ? input : [input ?? null];
  if (texts.length === 0 || !texts.every((text) => typeof text === 'string'))
    return lacks('input', 'it takes a text, or a list of texts');
  const more = Object.fromEntries(passed.flatMap((name) => (json[name] === undefined ? [] : [[name, json[name]]])));
  return {
    body: textBody(writeJson({ inputs: input ?? null, ...more })),
    texts,
    single: !isArray(input),
  };
}

function objectIn(body: Body): JsonObject {
  try {
    const json = readJson(Buffer.from(bytesOf(body)).toString('utf8'));
    if (isObject(json)) return json;
  } catch (cause) {
    throw coreErrors.BODY_INVALID({ reason: 'it cannot be read' }, { cause });
  }
  throw coreErrors.BODY_INVALID({ reason: 'it is no object' });
}

/**
 * The pipeline's vectors as an answer of the OpenAI embeddings API; what is none, such as an error, as it is. No tokens are
 * told: four characters are taken for one.
 *
 * @throws UPSTREAM_MALFORMED for vectors of tokens, which a model without pooling gives
 */
export function writeVectors(provider: string, model: string, asked: FeaturesAsked, answer: Uint8Array): Uint8Array {
  const text = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength).toString('utf8');
  const json = parsed(text);
  if (!isArray(json)) return answer;
  const vectors = asked.single && isVector(json) ? [json] : json;
  if (vectors.length !== asked.texts.length || !vectors.every(isVector)) {
    const reason = `not one vector for each of ${asked.texts.length} texts: does "${model}" make embeddings of texts?`;
    throw coreErrors.UPSTREAM_MALFORMED({ provider, reason });
  }
  const tokens = Math.ceil(asked.texts.reduce((sum, { length }) => sum + length, 0) / 4);
  return Buffer.from(
    JSON.stringify({
      object: 'list',
      data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
      model,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    }),
  );
}

function isVector(value: Json): boolean {
  return isArray(value) && value.length > 0 && value.every((number) => typeof number === 'number');
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
