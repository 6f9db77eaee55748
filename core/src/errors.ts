import type { FailureKind } from './provider.ts';

/**
 * What kind of failure an error is, whoever said it first. Dialects render it in their own words;
 * the attempt loop derives from it whom to blame and what may be tried again.
 */
export type ErrorKind =
  | 'invalid-request'
  | 'unsupported'
  | 'authentication'
  | 'permission'
  | 'billing'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'context-length'
  | 'content-policy'
  | 'rate-limit'
  | 'quota'
  | 'overloaded'
  | 'timeout'
  | 'truncated'
  | 'server'
  | 'client-left';

/** What an upstream said about its own failure: scrubbed of credentials and cut before it gets here. */
export interface UpstreamError {
  readonly kind: ErrorKind;
  readonly status: number;
  readonly message: string;
  /** The vendor's own code and type, as it spells them. */
  readonly code?: string;
  readonly type?: string;
  /** The request field at fault, as the vendor names it. */
  readonly param?: string;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
}

/** What an error carries beside its sentence. */
export interface ErrorDetails {
  readonly kind?: ErrorKind;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  /** The request field at fault: `messages[2].tool_calls[0]`. */
  readonly param?: string;
  readonly upstream?: UpstreamError;
  readonly cause?: unknown;
  /** Response headers that belong to the error, such as a limit's remaining count. */
  readonly headers?: ReadonlyMap<string, string>;
  /** The plugin that said it, set by the guard. */
  readonly plugin?: string;
  /** Whom it blames where an attempt ends by it and its kind does not tell: a wrap's refusal is `rejected`, for nobody was asked. */
  readonly failure?: FailureKind;
}

const brand = Symbol.for('tapgate.error');

/**
 * The one error that is a decision: a tap that throws it refuses, anything else thrown is the plugin's failure.
 * Identify it by `code`, or by `GatewayError.is`, which works across two copies of core.
 */
export class GatewayError extends Error {
  readonly code: string;
  /** HTTP status the client sees, unless its dialect has another word for it. */
  readonly status: number;
  readonly kind: ErrorKind;
  /** Whether the same request may succeed later, elsewhere, or both. */
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly param: string | undefined;
  readonly upstream: UpstreamError | undefined;
  readonly headers: ReadonlyMap<string, string> | undefined;
  readonly plugin: string | undefined;
  readonly failure: FailureKind | undefined;

  constructor(code: string, status: number, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'GatewayError';
    this.code = code;
    this.status = status;
    this.kind = details.kind ?? kindOf(status);
    this.retryable = details.retryable ?? false;
    this.retryAfterMs = details.retryAfterMs;
    this.param = details.param;
    this.upstream = details.upstream;
    this.headers = details.headers;
    this.plugin = details.plugin;
    this.failure = details.failure;
    Object.defineProperty(this, brand, { value: true });
  }

  static is(value: unknown): value is GatewayError {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
  }
}

const kinds: Readonly<Record<number, ErrorKind>> = {
  401: 'authentication',
  402: 'billing',
  403: 'permission',
  404: 'not-found',
  408: 'timeout',
  409: 'conflict',
  413: 'too-large',
  429: 'rate-limit',
  499: 'client-left',
  503: 'overloaded',
  504: 'timeout',
  529: 'overloaded',
};

/** The kind that a bare HTTP status stands for. */
export function kindOf(status: number): ErrorKind {
  return kinds[status] ?? (status >= 500 ? 'server' : 'invalid-request');
}

/** One line of a table of errors: status, sentence with `{values}`, and whether trying again may help. */
export type ErrorRow = readonly [status: number, sentence: string, retryable?: 'retryable'];

/** Makes the error of one code; `values` fill the sentence's `{names}`. */
export type ErrorFactory = (values?: Readonly<Record<string, unknown>>, details?: ErrorDetails) => GatewayError;

/** A factory for each code, with the table kept for the documentation. */
export type ErrorTable<Code extends string> = Readonly<Record<Code, ErrorFactory>> & {
  readonly rows: Readonly<Record<Code, ErrorRow>>;
};

/**
 * Declares the errors of a plugin, one line a code: `CODE: [status, 'sentence with {values}', 'retryable'?]`.
 * A sentence names the thing, then the cure.
 */
export function defineErrors<const Code extends string>(rows: Readonly<Record<Code, ErrorRow>>): ErrorTable<Code> {
  const table: Record<string, unknown> = {};
  for (const [code, row] of Object.entries<ErrorRow>(rows)) {
    const [status, sentence, retryable] = row;
    table[code] = (values: Readonly<Record<string, unknown>> = {}, details: ErrorDetails = {}): GatewayError =>
      new GatewayError(code, status, fill(sentence, values), { retryable: retryable === 'retryable', ...details });
  }
  Object.defineProperty(table, 'rows', { value: rows });
  return table as ErrorTable<Code>;
}

function fill(sentence: string, values: Readonly<Record<string, unknown>>): string {
  return sentence.replaceAll(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

/** Every error that core itself says. `docs/errors.md` is generated from it. */
export const coreErrors: ErrorTable<
  | 'BODY_TOO_LARGE'
  | 'BODY_INVALID'
  | 'BODY_TOO_DEEP'
  | 'BODY_DUPLICATE_FIELD'
  | 'BODY_ENCODED'
  | 'BODY_UNREADABLE'
  | 'BODY_BUDGET'
  | 'MODEL_MISSING'
  | 'MODEL_UNKNOWN'
  | 'MODEL_UNSERVED'
  | 'NOT_ADMITTED'
  | 'ROUTE_UNKNOWN'
  | 'METHOD_UNKNOWN'
  | 'UPGRADE_UNSUPPORTED'
  | 'FIELD_UNSUPPORTED'
  | 'OPERATION_UNSUPPORTED'
  | 'DIRECTED_ELSEWHERE'
  | 'LOOP'
  | 'TAP_FAILED'
  | 'TAP_TIMEOUT'
  | 'TAP_RETURNED'
  | 'REPLY_EMPTY'
  | 'TARGETS_NONE'
  | 'DEADLINE'
  | 'CLIENT_LEFT'
  | 'DRAINING'
  | 'INTERNAL'
  | 'UPSTREAM_REFUSED'
  | 'UPSTREAM_CREDENTIAL'
  | 'UPSTREAM_CREDIT'
  | 'UPSTREAM_TOKEN'
  | 'LISTEN_OPEN'
  | 'UPSTREAM_UNREACHABLE'
  | 'UPSTREAM_RESET'
  | 'UPSTREAM_TIMEOUT'
  | 'UPSTREAM_STALLED'
  | 'UPSTREAM_SLOW'
  | 'UPSTREAM_TRUNCATED'
  | 'UPSTREAM_EMPTY'
  | 'UPSTREAM_MALFORMED'
  | 'UPSTREAM_TOO_LARGE'
  | 'UPSTREAM_REDIRECT'
  | 'UPSTREAM_ADDRESS'
  | 'UPSTREAM_FAILED'
  | 'RESUME_DISAGREED'
  | 'CHILD_TOO_DEEP'
> = defineErrors({
  BODY_TOO_LARGE: [413, 'The request body is larger than {limit} bytes: send less, or raise "server.maxBodyBytes".'],
  BODY_INVALID: [400, 'The request body is not valid JSON: {reason}.'],
  BODY_TOO_DEEP: [400, 'The request body is nested deeper than {limit} levels.'],
  BODY_DUPLICATE_FIELD: [400, 'The request body says "{field}" more than once: send it once.'],
  BODY_ENCODED: [415, 'The request body is encoded as "{encoding}": send it as it is.'],
  BODY_UNREADABLE: [400, 'The request body could not be read to its end.'],
  BODY_BUDGET: [503, 'Too many request bytes are held by callers that are not admitted yet: try again.', 'retryable'],
  MODEL_MISSING: [400, 'The request names no model: say which in "model".'],
  MODEL_UNKNOWN: [404, 'The model "{model}" does not exist here.{hint}'],
  MODEL_UNSERVED: [404, 'The model "{model}" is served by "{provider}", which is not configured.'],
  NOT_ADMITTED: [
    401,
    'No valid API key: send one in "authorization: Bearer …", "x-api-key", "x-goog-api-key" or "api-key".',
  ],
  ROUTE_UNKNOWN: [404, 'Nothing is served at {method} {path}.{hint}'],
  METHOD_UNKNOWN: [405, 'The method {method} is not served at {path}.'],
  UPGRADE_UNSUPPORTED: [426, 'WebSocket is not served here: use HTTP with server-sent events.'],
  FIELD_UNSUPPORTED: [
    400,
    '{target} cannot do what "{field}" asks: {reason}. Leave it out, choose another model, or let the route drop it with "unsupported: drop".',
  ],
  OPERATION_UNSUPPORTED: [400, '"{provider}" does not serve {operation}.'],
  DIRECTED_ELSEWHERE: [
    400,
    '"{field}" would direct the gateway elsewhere: only its operator chooses where it connects.',
  ],
  LOOP: [508, 'This request has already passed through this gateway.'],
  TAP_FAILED: [503, 'The plugin "{plugin}" failed in {hook}.', 'retryable'],
  TAP_TIMEOUT: [503, 'The plugin "{plugin}" did not answer in {hook} within {timeoutMs} ms.', 'retryable'],
  TAP_RETURNED: [503, 'The plugin "{plugin}" returned in {hook} what that hook does not take: {reason}.'],
  REPLY_EMPTY: [502, 'The answer ended before it began.', 'retryable'],
  TARGETS_NONE: [503, 'No target is left for the model "{model}": {reasons}.', 'retryable'],
  DEADLINE: [504, 'The request was not answered within {deadlineMs} ms.', 'retryable'],
  CLIENT_LEFT: [499, 'The client left before the answer was complete.'],
  DRAINING: [503, 'The gateway is shutting down.', 'retryable'],
  LISTEN_OPEN: [
    500,
    'Nobody admits callers, so "{host}" is not bound: load a plugin such as key-auth, bind 127.0.0.1, or set "server.insecure".',
  ],
  INTERNAL: [500, 'The gateway failed. Its log has the reason under this request id.'],
  UPSTREAM_REFUSED: [400, '{message}'],
  UPSTREAM_CREDENTIAL: [502, 'The provider "{provider}" did not accept the credential that the gateway holds for it.'],
  UPSTREAM_CREDIT: [
    502,
    'The provider "{provider}" refuses: the credential that the gateway holds for it has no credit or quota left.',
  ],
  UPSTREAM_TOKEN: [
    502,
    'No access token could be had for the provider "{provider}"; the gateway\'s log has the reason.',
  ],
  UPSTREAM_UNREACHABLE: [502, 'The provider "{provider}" could not be reached: {reason}.', 'retryable'],
  UPSTREAM_RESET: [502, 'The provider "{provider}" closed the connection before it answered.', 'retryable'],
  UPSTREAM_TIMEOUT: [504, 'The provider "{provider}" did not begin to answer within {timeoutMs} ms.', 'retryable'],
  UPSTREAM_STALLED: [504, 'The provider "{provider}" fell silent for {timeoutMs} ms.', 'retryable'],
  UPSTREAM_SLOW: [504, 'The provider "{provider}" took longer than {timeoutMs} ms for the whole answer.', 'retryable'],
  UPSTREAM_TRUNCATED: [502, 'The answer of "{provider}" ended before it was complete.', 'retryable'],
  UPSTREAM_EMPTY: [502, 'The provider "{provider}" answered with nothing.', 'retryable'],
  UPSTREAM_MALFORMED: [
    502,
    'The provider "{provider}" answered with something that is not its dialect: {reason}.',
    'retryable',
  ],
  UPSTREAM_TOO_LARGE: [502, 'The answer of "{provider}" is larger than {limit} bytes.'],
  UPSTREAM_REDIRECT: [502, 'The provider "{provider}" redirected the request; the gateway does not follow.'],
  UPSTREAM_ADDRESS: [
    502,
    'The address of "{provider}" is not one that the gateway may reach: list it in "allowPrivate" if it is yours.',
  ],
  UPSTREAM_FAILED: [502, '{message}', 'retryable'],
  RESUME_DISAGREED: [502, 'The answer broke off, and no other target would continue it as it began.', 'retryable'],
  CHILD_TOO_DEEP: [500, 'A model call made by a plugin may itself cause one more, and no further.'],
});
