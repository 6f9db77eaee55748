/** How base64 begins whose bytes begin as these types do. WebP shows itself only behind its length. */
const beginnings: readonly (readonly [beginning: string, mediaType: string])[] = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['JVBERi0', 'application/pdf'],
];

/** The media type that base64 data begin like; nothing where they look like none that matters. */
export function sniffMediaType(base64: string): string | undefined {
  const known = beginnings.find(([beginning]) => base64.startsWith(beginning))?.[1];
  if (known !== undefined) return known;
  if (!base64.startsWith('UklGR')) return undefined;
  return Buffer.from(base64.slice(0, 16), 'base64').toString('latin1', 8, 12) === 'WEBP' ? 'image/webp' : undefined;
}
