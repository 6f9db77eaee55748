import { editMembers, emptyBody, splice, type Body, type Incoming, type Wanted, type Written } from '@tapgate/core';
import { headersOf } from '../chat/request/write-request.ts';
import { operationOf } from './operations.ts';
import { peek } from './peek.ts';
import { scanInput } from './scan-input.ts';

/** The client's own bytes for a provider of this dialect. Only the model's name is changed. */
export function nativeRequest(incoming: Incoming, wanted: Wanted): Written {
  const { method, asks } = operationOf(wanted.operation);
  const query = wanted.query === '' ? '' : `?${wanted.query}`;
  const path = incoming.path.replace(/^\/v1(?=\/)/, '') + query;
  if (!asks) {
    return {
      body: method === 'POST' ? incoming.body : emptyBody,
      path,
      method,
      headers: headersOf(wanted),
      losses: [],
    };
  }
  return { path, method, headers: headersOf(wanted), body: edited(incoming, wanted), losses: [] };
}

function edited(incoming: Incoming, wanted: Wanted): Body {
  const { body } = incoming;
  const asked = peek(incoming);
  const changes = {
    ...(asked.model !== wanted.model && { model: JSON.stringify(wanted.model) }),
    ...(asked.streamed !== wanted.streamed && wanted.operation === 'chat' && { stream: String(wanted.streamed) }),
  };
  if (Object.keys(changes).length === 0) return body;
  return splice(body.chunks, editMembers(scanInput(body), changes));
}
