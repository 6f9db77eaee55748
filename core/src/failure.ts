import { defined } from './defined.ts';
import { coreErrors, type ErrorKind, GatewayError, type UpstreamError } from './errors.ts';
import type { Outcome } from './exchange.ts';
import type { FailureKind } from './provider.ts';

const kinds: Readonly<Record<ErrorKind, FailureKind>> = {
  'invalid-request': 'caller',
  unsupported: 'rejected',
  authentication: 'credential',
  permission: 'credential',
  billing: 'credential',
  quota: 'credential',
  'not-found': 'rejected',
  conflict: 'caller',
  'too-large': 'caller',
  'context-length': 'context',
  'content-policy': 'policy',
  'rate-limit': 'throttled',
  overloaded: 'broken',
  timeout: 'slow',
  truncated: 'truncated',
  server: 'broken',
  'client-left': 'gateway',
};

/** Whom an attempt's error blames. 529 is the vendors' word for "too many, slow down", not for a broken server. */
export function failureKind(error: GatewayError): FailureKind {
  const { upstream, failure } = error;
  if (failure !== undefined) return failure;
  if (upstream?.status === 529) return 'throttled';
  if (error.code === 'INTERNAL') return 'gateway';
  if (error.plugin !== undefined) return error.kind === 'unsupported' ? 'rejected' : 'gateway';
  return kinds[upstream?.kind ?? error.kind];
}

/** What a client is told of an upstream's error answer. Credential troubles stay inside: their messages echo fragments of keys. */
export function upstreamFailed(provider: string, said: UpstreamError): GatewayError {
  const known = defined({ upstream: said, retryAfterMs: said.retryAfterMs, param: said.param });
  switch (said.kind) {
    case 'authentication':
    case 'permission':
      return coreErrors.UPSTREAM_CREDENTIAL({ provider }, { upstream: said });
    case 'billing':
    case 'quota':
      return coreErrors.UPSTREAM_CREDIT({ provider }, { upstream: said });
    case 'rate-limit':
      return new GatewayError('UPSTREAM_FAILED', 429, said.message, { ...known, kind: 'rate-limit', retryable: true });
    case 'overloaded':
      return new GatewayError('UPSTREAM_FAILED', 503, said.message, { ...known, kind: 'overloaded', retryable: true });
    case 'timeout':
      return new GatewayError('UPSTREAM_FAILED', 504, said.message, { ...known, kind: 'timeout', retryable: true });
    case 'server':
    case 'truncated':
    case 'client-left':
      return coreErrors.UPSTREAM_FAILED({ message: said.message }, known);
    default:
      return new GatewayError('UPSTREAM_REFUSED', refusedStatus(said), said.message, { ...known, kind: said.kind });
  }
}

function refusedStatus(said: UpstreamError): number {
  if (said.kind === 'context-length' || said.kind === 'unsupported') return 400;
  return said.status >= 400 && said.status < 500 ? said.status : 400;
}

/** How an exchange ended whose last word is this error. */
export function outcomeOf(error: GatewayError): Outcome {
  if (error.kind === 'client-left') return 'client-left';
  if (error.code === 'DEADLINE') return 'timeout';
  if (error.code === 'UPSTREAM_TRUNCATED' || error.upstream?.kind === 'truncated') return 'upstream-truncated';
  if (error.code.startsWith('UPSTREAM_'))
    return error.kind === 'timeout' && error.upstream === undefined ? 'timeout' : 'upstream-error';
  if (error.code === 'RESUME_DISAGREED' || error.code === 'REPLY_EMPTY') return 'upstream-error';
  if (error.code === 'INTERNAL' || error.code.startsWith('TAP_')) return 'gateway-error';
  return 'refused';
}

/** Any thrown thing as a GatewayError; what is not one is a fault of ours, whose reason goes to the log alone. */
export function asGatewayError(error: unknown): GatewayError {
  return GatewayError.is(error) ? error : coreErrors.INTERNAL({}, { cause: error });
}
