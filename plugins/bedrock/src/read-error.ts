import {
  asString,
  coreErrors,
  defined,
  type ErrorKind,
  type GatewayError,
  type HeaderMap,
  isObject,
  type JsonObject,
  kindOf,
  parseObject,
  retryAfterOf,
  saysContextLength,
  scrubMessage,
  type UpstreamError,
} from '@tapgate/core';

/**
 * What each type of error is, and its usual status. Streams spell the same types with a small first letter.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
 */
const types: Readonly<Record<string, readonly [kind: ErrorKind, status: number]>> = {
  validationexception: ['invalid-request', 400],
  accessdeniedexception: ['permission', 403],
  unrecognizedclientexception: ['authentication', 403],
  invalidsignatureexception: ['authentication', 403],
  incompletesignature: ['authentication', 403],
  invalidclienttokenid: ['authentication', 403],
  missingauthenticationtoken: ['authentication', 403],
  missingauthenticationtokenexception: ['authentication', 403],
  expiredtoken: ['authentication', 403],
  expiredtokenexception: ['authentication', 403],
  requestexpired: ['authentication', 403],
  notauthorized: ['permission', 400],
  optinrequired: ['permission', 403],
  resourcenotfoundexception: ['not-found', 404],
  conflictexception: ['conflict', 409],
  modeltimeoutexception: ['timeout', 408],
  modelerrorexception: ['server', 424],
  modelstreamerrorexception: ['server', 424],
  modelnotreadyexception: ['overloaded', 429],
  throttlingexception: ['rate-limit', 429],
  servicequotaexceededexception: ['quota', 400],
  serviceunavailableexception: ['overloaded', 503],
  serviceunavailable: ['overloaded', 503],
  internalserverexception: ['server', 500],
  internalfailure: ['server', 500],
};

/** An upstream's error answer: its sentence in the body, its type in a header. */
export function readError(status: number, headers: HeaderMap, body: Uint8Array): UpstreamError {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const document = parseObject(text);
  const type = typeOf(headers.get('x-amzn-errortype')) ?? typeOf(document?.['__type']) ?? typeOf(document?.['code']);
  return defined({
    ...describe(type, document, text, status),
    requestId: headers.get('x-amzn-requestid'),
    retryAfterMs: retryAfterOf(headers),
  });
}

/** An error that a stream or an answer of status 200 brings: its status is told by its type. */
export function readException(type: string | undefined, payload: string): UpstreamError {
  return describe(typeOf(type), parseObject(payload), payload, undefined);
}

/** The same as the gateway's error. */
export function upstreamError(said: UpstreamError): GatewayError {
  return coreErrors.UPSTREAM_FAILED({ message: said.message }, { kind: said.kind, upstream: said });
}

/** Whether a document is an error in the place of an answer. */
export function isErrorDocument(document: JsonObject): boolean {
  return document['output'] === undefined && messageOf(document) !== undefined;
}

function describe(
  type: string | undefined,
  document: JsonObject | undefined,
  text: string,
  status: number | undefined,
): UpstreamError {
  const name = type?.toLowerCase();
  const known = name !== undefined && Object.hasOwn(types, name) ? types[name] : undefined;
  const real = status ?? known?.[1] ?? 500;
  const message = scrubMessage(messageOf(document) ?? textOfPage(text));
  return defined({
    kind: kindBy(message, known?.[0] ?? kindOf(real)),
    status: real,
    message: message === '' ? `The provider answered with status ${real}.` : message,
    type,
  });
}

/** What a page of a proxy says: its title, else its heading. A text that is no page is what it says. */
function textOfPage(text: string): string {
  if (!text.trimStart().startsWith('<')) return text;
  return /<(title|h1)[^>]*>([^<]+)</i.exec(text.slice(0, 20_000))?.[2] ?? '';
}

/** The type alone: some services put a namespace before it, and a link behind it. */
function typeOf(value: unknown): string | undefined {
  const name = asString(value)?.split(':', 1)[0]?.split('#').pop()?.trim();
  return name === undefined || name === '' ? undefined : name;
}

/** The sentence: `message` here, `Message` at the edge, and that of the model itself where a stream broke off. */
function messageOf(document: JsonObject | undefined): string | undefined {
  if (document === undefined) return undefined;
  const { message, Message, originalMessage, error } = document;
  const nested = isObject(error) ? asString(error['message']) : asString(error);
  return asString(message) ?? asString(Message) ?? asString(originalMessage) ?? nested;
}

/** What only the sentence tells. */
function kindBy(message: string, kind: ErrorKind): ErrorKind {
  if (kind !== 'invalid-request' && kind !== 'too-large') return kind;
  if (saysContextLength(message)) return 'context-length';
  return /model identifier is invalid|on-demand throughput isn.t supported|doesn.t support the model/i.test(message)
    ? 'not-found'
    : kind;
}
