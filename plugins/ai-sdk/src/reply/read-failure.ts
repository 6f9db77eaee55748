import {
  asString,
  coreErrors,
  defined,
  type ErrorKind,
  GatewayError,
  isObject,
  kindOf,
  parseObject,
  retryAfterOf,
  saysContextLength,
  scrubMessage,
  upstreamFailed,
  type UpstreamError,
} from '@tapgate/core';

/** Whose failure it is. */
export interface Failing {
  readonly provider: string;
  readonly model: string;
  /** Values that no message may hold. */
  readonly secrets: readonly string[];
}

/** Errors of the AI SDK's own: the answer was not what the package reads. */
const unread: ReadonlySet<string> = new Set([
  'AI_EmptyResponseBodyError',
  'AI_InvalidResponseDataError',
  'AI_JSONParseError',
  'AI_NoContentGeneratedError',
  'AI_TypeValidationError',
]);

/** The request was not one that the package could send. */
const refused: ReadonlySet<string> = new Set(['AI_InvalidArgumentError', 'AI_InvalidPromptError']);

/** What a package threw or said, as the gateway has it; nothing where it is the package's own fault. */
export function readFailure(said: unknown, failing: Failing): GatewayError | undefined {
  const chain = causesOf(said);
  const own = chain.find((error) => GatewayError.is(error));
  if (own !== undefined) return own;
  const call = chain.find((error) => nameOf(error) === 'AI_APICallError');
  if (call !== undefined) return ofCall(call as CallError, failing);
  const names = chain.map((error) => nameOf(error));
  const { provider, model } = failing;
  if (names.some((name) => unread.has(name))) return malformed(provider);
  if (names.includes('AI_UnsupportedFunctionalityError')) return unsupported(chain, failing);
  if (names.some((name) => refused.has(name))) return refusedBy(said, failing);
  if (names.includes('AI_LoadAPIKeyError')) return coreErrors.UPSTREAM_CREDENTIAL({ provider });
  if (names.includes('AI_NoSuchModelError'))
    return coreErrors.MODEL_UNKNOWN({ model: `${provider}/${model}`, hint: '' });
  if (said instanceof Error) return undefined;
  return ofWords(said, failing);
}

/** Of the answer itself, where the package says it among its parts. */
export function readSaid(said: unknown, failing: Failing): GatewayError {
  return (
    readFailure(said, failing) ?? upstreamFailed(failing.provider, described(500, 'server', textOf(said), failing))
  );
}

interface CallError extends Error {
  readonly statusCode?: number;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly responseBody?: string;
}

/** An answer with a status of its own; one of status 200 is one that the package could not read. */
function ofCall({ statusCode, responseHeaders, responseBody, message }: CallError, failing: Failing): GatewayError {
  const { provider } = failing;
  if (statusCode === undefined) return coreErrors.UPSTREAM_UNREACHABLE({ provider, reason: 'its package gave up' });
  if (statusCode < 400) return malformed(provider);
  const headers = new Map(Object.entries(responseHeaders ?? {}));
  const document = parseObject(responseBody ?? '');
  const { code, type, param } = innermost(document);
  const said = described(statusCode, kindBy(statusCode, message, code ?? type), message, failing);
  const requestId = headers.get('x-request-id') ?? headers.get('request-id');
  return upstreamFailed(provider, {
    ...said,
    ...defined({ code, type, param, requestId, retryAfterMs: retryAfterOf(headers) }),
  });
}

/** An error in words: what a stream says instead of going on. */
function ofWords(said: unknown, failing: Failing): GatewayError {
  const { message, code, type, status } = innermost(said);
  const text = message ?? textOf(said);
  const kind = status === undefined ? kindInWords(`${code ?? ''} ${type ?? ''}`) : kindBy(status, text, code ?? type);
  return upstreamFailed(failing.provider, {
    ...described(status ?? statusOf[kind] ?? 500, kind, text, failing),
    ...defined({ code, type }),
  });
}

const statusOf: Partial<Record<ErrorKind, number>> = { 'rate-limit': 429, overloaded: 503 };

interface Words {
  readonly message: string | undefined;
  readonly code: string | undefined;
  readonly type: string | undefined;
  readonly param: string | undefined;
  readonly status: number | undefined;
}

/** What an error's document says, at the top or under `error`. */
function innermost(document: unknown): Words {
  const top = isObject(document) ? document : {};
  const inner = isObject(top['error']) ? top['error'] : top;
  const status = [inner['status'], inner['statusCode'], inner['code'], top['status']].find(
    (value): value is number => typeof value === 'number' && value >= 400 && value < 600,
  );
  return {
    message: asString(inner['message']) ?? asString(top['error']),
    code: asString(inner['code']),
    type: asString(inner['type']),
    param: asString(inner['param']),
    status,
  };
}

function kindBy(status: number, message: string, code: string | undefined): ErrorKind {
  const kind = kindOf(status);
  if (kind === 'rate-limit' && /quota|billing|insufficient/i.test(code ?? '')) return 'quota';
  if (kind !== 'invalid-request' && kind !== 'too-large') return kind;
  if (saysContextLength(message, code)) return 'context-length';
  return /content[_-]?(policy|filter)|moderation/i.test(code ?? '') ? 'content-policy' : kind;
}

function kindInWords(words: string): ErrorKind {
  if (/rate[_-]?limit|too[_-]?many/i.test(words)) return 'rate-limit';
  return /overloaded|unavailable|capacity/i.test(words) ? 'overloaded' : 'server';
}

function described(status: number, kind: ErrorKind, message: string, { secrets }: Failing): UpstreamError {
  const bare = secrets.reduce((text, secret) => text.replaceAll(secret, '[secret]'), message);
  const clean = scrubMessage(pageless(bare));
  return { kind, status, message: clean === '' ? `The provider answered with status ${status}.` : clean };
}

/** A proxy's page says nothing that a client could use. */
function pageless(text: string): string {
  return text.trimStart().startsWith('<') ? '' : text;
}

function unsupported(chain: readonly unknown[], { provider, model }: Failing): GatewayError {
  const said = chain.find((error) => nameOf(error) === 'AI_UnsupportedFunctionalityError');
  const { functionality } = said as { functionality?: unknown };
  const field = scrubMessage(asString(functionality) ?? 'the request');
  const values = { target: `${provider}/${model}`, field, reason: 'its package does not support it' };
  return coreErrors.FIELD_UNSUPPORTED(values, { kind: 'unsupported' });
}

function refusedBy(said: unknown, failing: Failing): GatewayError {
  return upstreamFailed(failing.provider, described(400, 'invalid-request', textOf(said), failing));
}

function malformed(provider: string): GatewayError {
  return coreErrors.UPSTREAM_MALFORMED({ provider, reason: 'its package cannot read it' });
}

function textOf(said: unknown): string {
  return said instanceof Error ? said.message : typeof said === 'string' ? said : '';
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** An error and what caused it. */
function causesOf(said: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let error = said; error instanceof Error && chain.length < 10; error = error.cause) chain.push(error);
  return chain;
}
