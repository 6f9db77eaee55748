/**
 * The path of a model: its id is one segment, so that the colon of a version and the slash of an ARN are escaped. A
 * signature is made over this path escaped once more.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
export function modelPath(model: string): string {
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
