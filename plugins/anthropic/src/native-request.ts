import {
  bodyOf,
  coreErrors,
  type Incoming,
  scanObject,
  setMember,
  splice,
  type Wanted,
  type Written,
} from '@tapgate/core';
import { protocolHeaders, betasOf } from './protocol-headers.ts';
import { methodOf, namesModel } from './routes.ts';
import { abilitiesOf } from './writing.ts';

/** The client's bytes, with the target's model in the place of the client's. */
export function nativeRequest(incoming: Incoming, wanted: Wanted): Written {
  const { body, operation, path, query } = incoming;
  const able = abilitiesOf(wanted);
  const headers = protocolHeaders(wanted.headers, able);
  const losses = betasOf(wanted.headers, able).dropped.map((beta) => ({
    field: `anthropic-beta: ${beta}`,
    how: 'dropped' as const,
    reason: 'the provider does not take it',
    contract: false,
  }));
  const written = { path: query === '' ? path : `${path}?${query}`, method: methodOf(operation), headers, losses };
  if (!namesModel(operation)) {
    const contentType = wanted.headers.get('content-type');
    if (contentType === undefined) headers.delete('content-type');
    else headers.set('content-type', contentType);
    return { ...written, body };
  }
  const scanned = scanObject(body.chunks, ['model']);
  if (!scanned.valid) throw coreErrors.BODY_INVALID({ reason: scanned.error });
  const { chunks } = splice(body.chunks, setMember(scanned, 'model', JSON.stringify(wanted.model)));
  return { ...written, body: bodyOf(...chunks) };
}
