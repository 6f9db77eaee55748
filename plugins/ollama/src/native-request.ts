import {
  bodyOf,
  type Capabilities,
  coreErrors,
  emptyBody,
  type Incoming,
  editMembers,
  readSpan,
  scanObject,
  setMember,
  type SoundObject,
  splice,
  type Wanted,
  writeJson,
  type Written,
} from '@tapgate/core';

const asked = ['model', 'think', 'keep_alive', 'options'];

/** The client's bytes, with the target's model in the place of the client's, and what the operator set where it says nothing. */
export function nativeRequest({ body, path, query, operation }: Incoming, wanted: Wanted): Written {
  const written = { path: query === '' ? path : `${path}?${query}`, headers: headersOf(wanted), losses: [] };
  if (operation === 'models') return { ...written, method: 'GET', headers: new Map(), body: emptyBody };
  const scanned = scanObject(body.chunks, asked);
  if (!scanned.valid) throw coreErrors.BODY_INVALID({ reason: scanned.error });
  const [field] = scanned.duplicates;
  if (field !== undefined) throw coreErrors.BODY_DUPLICATE_FIELD({ field }, { param: field });
  const text = (name: string): string | undefined => {
    const member = scanned.members.get(name);
    return member === undefined ? undefined : readSpan(body.chunks, member.value);
  };
  const defaults = operation === 'embed' ? { ...wanted.able, think: undefined } : wanted.able;
  const changes = { model: writeJson(wanted.model), ...changesFor(text, defaults) };
  const { chunks } = splice(body.chunks, editMembers(scanned, changes));
  return { ...written, method: 'POST', body: bodyOf(...chunks) };
}

function changesFor(
  text: (name: string) => string | undefined,
  { think, keepAlive, numCtx }: Capabilities,
): Readonly<Record<string, string>> {
  const changes: Record<string, string> = {};
  if (think !== undefined && isUnsaid(text('think'))) changes['think'] = writeJson(think);
  if (keepAlive !== undefined && isUnsaid(text('keep_alive'))) changes['keep_alive'] = writeJson(keepAlive);
  if (numCtx !== undefined) {
    const options = withLength(text('options'), writeJson(numCtx));
    if (options !== undefined) changes['options'] = options;
  }
  return changes;
}

function isUnsaid(text: string | undefined): boolean {
  return text === undefined || text === 'null';
}

/** The options with a length of the context; nothing where they have one, or are none. */
function withLength(options: string | undefined, length: string): string | undefined {
  const text = isUnsaid(options) ? '{}' : (options ?? '{}');
  const chunks = [Buffer.from(text)];
  const scanned = scanObject(chunks, ['num_ctx']);
  if (!isSound(scanned) || scanned.members.has('num_ctx')) return undefined;
  return Buffer.concat(splice(chunks, setMember(scanned, 'num_ctx', length)).chunks).toString('utf8');
}

function isSound(scanned: ReturnType<typeof scanObject>): scanned is SoundObject {
  return scanned.valid;
}

/** The headers that belong to this dialect. */
export function headersOf({ streamed }: Wanted): Map<string, string> {
  return new Map([
    ['content-type', 'application/json'],
    ['accept', streamed ? 'application/x-ndjson' : 'application/json'],
  ]);
}
