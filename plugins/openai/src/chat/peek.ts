import {
  asString,
  coreErrors,
  parseObject,
  readCount,
  readSpan,
  type Incoming,
  type Peeked,
  type SoundObject,
  type Span,
} from '@tapgate/core';
import { findMultipartModel, isMultipart } from '../native/multipart.ts';
import { scanBody } from './scan-body.ts';

const limits = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'] as const;
/** Far more than a user's name needs. */
const maxUserBytes = 4096;

/** What the gateway must know of any request of this API: from a JSON body, a form, or none. */
export function peek(incoming: Incoming): Peeked {
  const { body, headers, operation } = incoming;
  if (operation === 'models') return { model: '', streamed: false };
  const contentType = headers.get('content-type');
  if (isMultipart(contentType)) {
    const found = findMultipartModel(body.chunks, contentType);
    if (typeof found === 'object') return { model: found.model, streamed: false };
    const incomplete = found === 'more' && body.stream !== undefined;
    return { model: '', streamed: false, ...(incomplete && { incomplete }) };
  }
  return peekJson(incoming);
}

function peekJson({ body }: Incoming): Peeked {
  const scanned = scanBody(body);
  const value = (name: string): unknown => {
    const member = scanned.members.get(name);
    return member === undefined ? undefined : valueOf(name, readSpan(body.chunks, member.value));
  };
  const model = value('model');
  const streamed = value('stream') === true;
  const session = value('prompt_cache_key') ?? value('session_id');
  const peeked: Changing<Peeked> = { model: typeof model === 'string' ? model : '', streamed };
  if (streamed) peeked.wantUsage = asksForUsage(scanned, body.chunks);
  if (typeof session === 'string' && session !== '') peeked.session = session;
  return Object.assign(peeked, boundsIn(scanned, body.chunks));
}

type Changing<T> = { -readonly [Field in keyof T]: T[Field] };

/** How much a request of this vendor's APIs asks for, and for whom. What is no such thing says nothing. */
export function boundsIn(
  { members }: SoundObject,
  chunks: readonly Uint8Array[],
): Pick<Peeked, 'maxOutputTokens' | 'choices' | 'user'> {
  const bounds: Changing<ReturnType<typeof boundsIn>> = {};
  const most = limits.reduce((sum, name) => Math.max(sum, readCount(chunks, members.get(name)?.value) ?? 0), 0);
  if (most > 0) bounds.maxOutputTokens = most;
  const choices = readCount(chunks, members.get('n')?.value);
  if (choices !== undefined) bounds.choices = choices;
  const named = (members.get('safety_identifier') ?? members.get('user'))?.value;
  const user = named === undefined ? undefined : userIn(chunks, named);
  if (user !== undefined) bounds.user = user;
  return bounds;
}

function userIn(chunks: readonly Uint8Array[], span: Span): string | undefined {
  if (span.end - span.start > maxUserBytes) return undefined;
  return asString(parseObject(`{"user":${readSpan(chunks, span)}}`)?.['user']);
}

/** The scan looks at the top alone, and not into strings. */
function valueOf(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw coreErrors.BODY_INVALID({ reason: `"${name}" is no JSON value` }, { cause, param: name });
  }
}

function asksForUsage(scanned: SoundObject, chunks: readonly Uint8Array[]): boolean {
  const member = scanned.members.get('stream_options');
  return member !== undefined && parseObject(readSpan(chunks, member.value))?.['include_usage'] === true;
}
