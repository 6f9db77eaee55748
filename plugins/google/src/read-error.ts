import {
  asNumber,
  asString,
  defined,
  type ErrorKind,
  type HeaderMap,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  kindOf,
  readJson,
  retryAfterOf,
  saysContextLength,
  scrubMessage,
  type UpstreamError,
} from '@tapgate/core';

/** What the API's own names of failures mean. @see https://google.aip.dev/193 */
const kinds: Readonly<Record<string, ErrorKind>> = {
  INVALID_ARGUMENT: 'invalid-request',
  OUT_OF_RANGE: 'invalid-request',
  UNAUTHENTICATED: 'authentication',
  PERMISSION_DENIED: 'permission',
  NOT_FOUND: 'not-found',
  ALREADY_EXISTS: 'conflict',
  ABORTED: 'conflict',
  RESOURCE_EXHAUSTED: 'rate-limit',
  CANCELLED: 'server',
  INTERNAL: 'server',
  UNKNOWN: 'server',
  DATA_LOSS: 'server',
  UNIMPLEMENTED: 'unsupported',
  UNAVAILABLE: 'overloaded',
  DEADLINE_EXCEEDED: 'timeout',
};

/** Reasons that say more than the failure's name: a bad key is an invalid argument to this API. */
const reasons: Readonly<Record<string, ErrorKind>> = {
  API_KEY_INVALID: 'authentication',
  API_KEY_EXPIRED: 'authentication',
  ACCESS_TOKEN_EXPIRED: 'authentication',
  CREDENTIALS_MISSING: 'authentication',
  API_KEY_SERVICE_BLOCKED: 'permission',
  API_KEY_HTTP_REFERRER_BLOCKED: 'permission',
  API_KEY_IP_ADDRESS_BLOCKED: 'permission',
  SERVICE_DISABLED: 'permission',
  CONSUMER_SUSPENDED: 'permission',
  BILLING_DISABLED: 'billing',
};

/** What the message tells where neither name nor reason do, in the order in which it is asked. */
const phrases: readonly (readonly [RegExp, ErrorKind])[] = [
  [/api key (?:not valid|expired|not found)|api_key_invalid/i, 'authentication'],
  [/location is not supported|not available in your (?:country|region)/i, 'permission'],
  [/billing|credits? (?:are|is) depleted|prepayment/i, 'billing'],
];

/** The classification of an error answer. @see https://ai.google.dev/gemini-api/docs/troubleshooting */
export function readError(status: number, headers: HeaderMap, body: Uint8Array): UpstreamError {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const said = errorOf(parsed(text), status);
  const retryAfterMs = said?.retryAfterMs ?? retryAfterOf(headers);
  const requestId = headers.get('x-request-id');
  if (said !== undefined) return { ...said, status, ...defined({ retryAfterMs, requestId }) };
  const message = scrubMessage(withoutMarkup(text)) || `The provider answered with status ${status}.`;
  return { kind: kindOf(status), status, message, ...defined({ retryAfterMs, requestId }) };
}

/** The error in a document or a stream's event, if it is one. Streams without server-sent events wrap it in an array. */
export function errorOf(json: Json | undefined, status?: number): UpstreamError | undefined {
  const holder = isArray(json) ? json[0] : json;
  const error = isObject(holder) ? holder['error'] : undefined;
  if (typeof error === 'string')
    return { kind: kindOf(status ?? 502), status: status ?? 502, message: scrubMessage(error) };
  if (!isObject(error)) return undefined;
  const code = asNumber(error['code']);
  const details = isArray(error['details']) ? error['details'].filter(isObject) : [];
  const message = asString(error['message']) ?? '';
  const reason = details.map((detail) => asString(detail['reason'])).find((one) => one !== undefined);
  const name = asString(error['status']);
  const found = status ?? code ?? 502;
  return {
    kind: classify(found, name, reason, message, details),
    status: found,
    message: scrubMessage(message) || name || 'The provider failed without a word.',
    ...defined({ code: reason ?? (code === undefined ? undefined : String(code)), type: name }),
    ...defined({ param: fieldOf(details), retryAfterMs: delayOf(details) }),
  };
}

function classify(
  status: number,
  name: string | undefined,
  reason: string | undefined,
  message: string,
  details: readonly JsonObject[],
): ErrorKind {
  const known = reason === undefined ? undefined : reasons[reason];
  if (known !== undefined) return known;
  const kind = (name === undefined ? undefined : kinds[name]) ?? kindOf(status);
  if (kind === 'rate-limit') return isUsedUp(message, details) ? 'quota' : kind;
  if (kind === 'invalid-request' && saysContextLength(message)) return 'context-length';
  const mayBePhrase = kind === 'invalid-request' || kind === 'permission';
  const phrase = mayBePhrase ? phrases.find(([pattern]) => pattern.test(message)) : undefined;
  return phrase?.[1] ?? kind;
}

/** What is used up for the day, or was never there, does not come back in seconds. */
function isUsedUp(message: string, details: readonly JsonObject[]): boolean {
  const violations = details.flatMap((detail) =>
    isArray(detail['violations']) ? detail['violations'].filter(isObject) : [],
  );
  const daily = violations.some((one) => /PerDay/i.test(asString(one['quotaId']) ?? ''));
  return daily || /limit: 0\b|spend(?:ing)? (?:limit|cap)|credits? (?:are|is) depleted/i.test(message);
}

function fieldOf(details: readonly JsonObject[]): string | undefined {
  const violations = details.flatMap((detail) =>
    isArray(detail['fieldViolations']) ? detail['fieldViolations'].filter(isObject) : [],
  );
  return asString(violations[0]?.['field']);
}

/** `38s`, `34.4s`. */
function delayOf(details: readonly JsonObject[]): number | undefined {
  const delay = details.map((detail) => asString(detail['retryDelay'])).find((one) => one !== undefined);
  const [, seconds] = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(delay ?? '') ?? [];
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000);
}

/** Proxies answer with pages. */
function withoutMarkup(text: string): string {
  return text.trimStart().startsWith('<') ? text.slice(0, 4000).replaceAll(/<[^>]*>?/g, ' ') : text;
}

function parsed(text: string): Json | undefined {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}
