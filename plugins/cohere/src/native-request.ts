import {
  bodyOf,
  coreErrors,
  emptyBody,
  type Incoming,
  scanObject,
  setMember,
  splice,
  type Wanted,
  type Written,
} from '@tapgate/core';

/** The client's bytes, with the target's model in the place of the client's. */
export function nativeRequest({ body, path, query, operation }: Incoming, wanted: Wanted): Written {
  const written = {
    path: query === '' ? path : `${path}?${query}`,
    method: operation === 'models' ? 'GET' : 'POST',
    headers: headersOf(wanted),
    losses: [],
  };
  if (operation === 'models') return { ...written, headers: new Map(), body: emptyBody };
  if (wanted.model === '') return { ...written, body };
  const scanned = scanObject(body.chunks, ['model']);
  if (!scanned.valid) throw coreErrors.BODY_INVALID({ reason: scanned.error });
  if (scanned.duplicates.length > 0) throw coreErrors.BODY_DUPLICATE_FIELD({ field: 'model' }, { param: 'model' });
  const { chunks } = splice(body.chunks, setMember(scanned, 'model', JSON.stringify(wanted.model)));
  return { ...written, body: bodyOf(...chunks) };
}

/** The headers that belong to this dialect. A stream is events only for who says that events are taken. */
export function headersOf({ streamed, headers }: Wanted): Map<string, string> {
  const written = new Map([
    ['content-type', 'application/json'],
    ['accept', streamed ? 'text/event-stream' : 'application/json'],
  ]);
  const client = headers.get('x-client-name');
  if (client !== undefined) written.set('x-client-name', client);
  return written;
}
