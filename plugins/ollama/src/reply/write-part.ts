import { isObject, type Json, type JsonObject, type PartStartEvent, RawJson, readJson } from '@tapgate/core';
import { writtenAs } from '../as-written.ts';
import { ownMembers, ownOf } from '../own-fields.ts';

/** What media are here: an image's data, or words for what has none. */
export function writeMedia({ mediaType = 'media', base64, url }: PartStartEvent): JsonObject {
  if (base64 !== undefined && mediaType.startsWith('image/')) return { images: [base64] };
  return { content: `[${mediaType}${url === undefined ? '' : `: ${url}`}]` };
}

/** A call whole; undefined where its arguments are no object. */
export function writeCall(part: PartStartEvent, text: string, index: number, id: string): JsonObject | undefined {
  const args = part.custom === true ? { input: text } : argumentsOf(text);
  if (args === undefined) return undefined;
  const own = ownOf(part);
  const more = isObject(own?.['$function']) ? own['$function'] : {};
  const called = {
    ...(own === undefined && { index }),
    name: part.name ?? '',
    ...(writtenAs('arguments', own?.['$arguments']) ?? { arguments: args }),
    ...more,
  };
  return { ...(writtenAs('id', own?.['$id']) ?? { id: part.callId || id }), function: called, ...ownMembers(part) };
}

function argumentsOf(text: string): Json | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === 'null') return {};
  try {
    const value = readJson(trimmed);
    return isObject(value) ? new RawJson(onOneLine(trimmed), value) : undefined;
  } catch {
    return undefined;
  }
}

/** A line feed ends a line of the stream. Outside strings, where alone JSON has any, it is white space. */
function onOneLine(json: string): string {
  return json.replaceAll(/[\n\r]+/g, ' ');
}
