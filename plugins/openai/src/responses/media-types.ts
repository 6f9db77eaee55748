/** Media types of files that models read, by the ending of their names. */
const byEnding: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
  xml: 'application/xml',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
};

/** The media type that a file's name or address lets expect; nothing where its ending is not known. */
export function mediaTypeOf(name: string): string | undefined {
  const path = /^[^?#]*/.exec(name)?.[0] ?? '';
  const ending = /\.([a-z0-9]+)$/i.exec(path)?.[1];
  return ending === undefined ? undefined : byEnding[ending.toLowerCase()];
}

/** The usual ending of a file's name for a media type, without the dot. */
export function endingOf(mediaType: string): string {
  const known = Object.entries(byEnding).find(([, type]) => type === mediaType)?.[0];
  return known ?? /\/([a-z0-9]+)$/i.exec(mediaType)?.[1]?.toLowerCase() ?? 'bin';
}
