import { coreErrors } from '@tapgate/core';

/**
 * The path of a model: its id is one segment, so that the colon of a version and the slash of an ARN are escaped. A
 * signature is made over this path escaped once more.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 * @throws MODEL_UNKNOWN for a name of dots alone, which would be a way through the path, escaped or not.
 */
export function modelPath(model: string): string {
  if (/^\.{1,2}$/.test(model)) throw coreErrors.MODEL_UNKNOWN({ model, hint: '' });
  const segment = encodeURIComponent(model).replaceAll(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `/model/${segment}`;
}

/** Undoes `modelPath`, whatever operation stands behind it. */
export function modelInPath(path: string): string {
  const segment = /^\/model\/([^/]+)/.exec(path)?.[1] ?? '';
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
