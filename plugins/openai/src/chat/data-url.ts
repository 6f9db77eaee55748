/** What a data URL holds. */
export interface DataUrl {
  /** Empty where it says none. */
  readonly mediaType: string;
  readonly base64: string;
}

/** Reads a data URL tolerantly: with parameters, without a type, percent-encoded. Nothing where it is none. */
export function readDataUrl(url: string): DataUrl | undefined {
  if (url.slice(0, 5).toLowerCase() !== 'data:') return undefined;
  const comma = url.indexOf(',');
  if (comma === -1) return undefined;
  const [mediaType = '', ...parameters] = url.slice(5, comma).split(';');
  const isBase64 = parameters.some((parameter) => parameter.trim().toLowerCase() === 'base64');
  const data = url.slice(comma + 1);
  return { mediaType: mediaType.trim(), base64: isBase64 ? data : Buffer.from(decoded(data)).toString('base64') };
}

/** A data URL of base64 data. */
export function writeDataUrl(mediaType: string, base64: string): string {
  return `data:${mediaType};base64,${base64}`;
}

const beginnings: readonly (readonly [beginning: string, mediaType: string])[] = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
  ['JVBERi', 'application/pdf'],
];

/** The media type that data shows by its first bytes, where its sender did not say. */
export function sniffedType(base64: string): string | undefined {
  return beginnings.find(([beginning]) => base64.startsWith(beginning))?.[1];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
