import { sniffMediaType } from '@tapgate/core';

/** The image type that base64 data begin like; nothing where they look like no image. */
export function sniffImage(base64: string): string | undefined {
  const mediaType = sniffMediaType(base64);
  return mediaType?.startsWith('image/') === true ? mediaType : undefined;
}
