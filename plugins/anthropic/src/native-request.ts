import {
  bodyOf,
  coreErrors,
  type Incoming,
  type Part,
  scanObject,
  setMember,
  splice,
  type Wanted,
  type Written,
} from '@tapgate/core';
import { protocolHeaders, betasOf } from './protocol-headers.ts';
import { readRequest } from './read-request.ts';
import { methodOf, namesModel } from './routes.ts';
import { isOwnSeal, tag } from './seal-tag.ts';
import { writeRequest } from './write-request.ts';
import { abilitiesOf } from './writing.ts';

const TILDE = 0x7e;

/**
 * The client's bytes, with the target's model in the place of the client's. Where they hold what another vendor sealed,
 * after a turn that it answered, the request is written anew without: this vendor would refuse it.
 */
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
  if (hasTag(body.chunks)) {
    const request = readRequest(incoming);
    if (request.turns.some(({ parts }) => parts.some(isForeign))) return writeRequest(request, wanted);
  }
  const scanned = scanObject(body.chunks, ['model']);
  if (!scanned.valid) throw coreErrors.BODY_INVALID({ reason: scanned.error });
  const { chunks } = splice(body.chunks, setMember(scanned, 'model', JSON.stringify(wanted.model)));
  return { ...written, body: bodyOf(...chunks) };
}

const tagBytes = Buffer.from(tag);

/** A quick look for the beginning of a tag, within the chunks and across them. */
function hasTag(chunks: readonly Uint8Array[]): boolean {
  let before: Uint8Array = new Uint8Array(0);
  for (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const seam = Buffer.concat([before, bytes.subarray(0, tagBytes.length)]);
    if (hasTagIn(bytes) || hasTagIn(seam)) return true;
    before = bytes.length < tagBytes.length ? seam.subarray(-tagBytes.length) : bytes.subarray(-tagBytes.length);
  }
  return false;
}

/** From tilde to tilde: a search for one byte is some ten times as fast as one for several. */
function hasTagIn(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(TILDE); at !== -1; at = bytes.indexOf(TILDE, at + 1)) {
    if (tagBytes.equals(bytes.subarray(at, at + tagBytes.length))) return true;
  }
  return false;
}

/** Whether a part is of another vendor's making. */
function isForeign(part: Part): boolean {
  switch (part.kind) {
    case 'reasoning':
      return !isOwnSeal(part.seal);
    case 'text':
      return part.seal !== undefined || (part.citations?.some(({ raw }) => raw === undefined) ?? false);
    case 'tool-call':
      return part.seal !== undefined;
    default:
      return false;
  }
}
