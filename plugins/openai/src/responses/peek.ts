import { asString, readSpan, type Incoming, type Peeked } from '@tapgate/core';
import { boundsIn } from '../chat/peek.ts';
import { operationOf } from './operations.ts';
import { scanInput } from './scan-input.ts';

/** Looks at no more of a request than its model, whether it is streamed, and the key of its prompt cache. */
export function peek(incoming: Incoming): Peeked {
  if (!operationOf(incoming.operation).asks) {
    return { model: '', streamed: new URLSearchParams(incoming.query).get('stream') === 'true' };
  }
  const scanned = scanInput(incoming.body);
  const { members } = scanned;
  const text = (name: string): string | undefined => {
    const member = members.get(name);
    return member === undefined ? undefined : asString(parsed(readSpan(incoming.body.chunks, member.value)));
  };
  const stream = members.get('stream');
  const session = text('prompt_cache_key');
  return {
    model: text('model') ?? '',
    streamed: stream !== undefined && readSpan(incoming.body.chunks, stream.value) === 'true',
    ...(session && { session }),
    ...boundsIn(scanned, incoming.body.chunks),
  };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
