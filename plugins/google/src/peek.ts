import { asString, coreErrors, readSpan, scanObject, type Incoming, type Peeked } from '@tapgate/core';
import { boundsOf } from './bounds.ts';
import { readCallPath } from './call-path.ts';
import { operations } from './routes.ts';

/** How the events of a stream lie in its bytes: server-sent events, or the elements of one JSON array. */
export type Framing = 'sse' | 'json-array';

/**
 * What a request is about. Model and method stand in the path, the framing of a stream in the query.
 *
 * @throws ROUTE_UNKNOWN for a method that is not served here.
 */
export function peek(incoming: Incoming): Peeked {
  const call = readCallPath(incoming.path);
  if (call === undefined) return { model: modelInBody(incoming), streamed: false };
  if (!Object.hasOwn(operations, call.method))
    throw coreErrors.ROUTE_UNKNOWN({ method: 'POST', path: incoming.path.slice(0, 200), hint: '' });
  const streamed = call.method === 'streamGenerateContent';
  const bounds = boundsOf(incoming.body);
  const { model } = call;
  // Nobody's body is looked at before somebody asks.
  return {
    model,
    streamed,
    ...(streamed && { framing: framingOf(incoming.query) }),
    get maxOutputTokens() {
      return bounds().maxOutputTokens;
    },
    get choices() {
      return bounds().choices;
    },
  };
}

/** Only `alt=sse` makes a stream of server-sent events. */
export function framingOf(query: string): Framing {
  const asked = new URLSearchParams(query);
  return (asked.get('alt') ?? asked.get('$alt')) === 'sse' ? 'sse' : 'json-array';
}

/** Content to be cached names its model in the body. */
function modelInBody({ operation, body }: Incoming): string {
  if (operation !== 'cachedContents.create') return '';
  const scanned = scanObject(body.chunks, ['model']);
  const member = scanned.valid ? scanned.members.get('model') : undefined;
  if (member === undefined) return '';
  try {
    return (asString(JSON.parse(readSpan(body.chunks, member.value))) ?? '').replace(/^models\//, '');
  } catch {
    return '';
  }
}
