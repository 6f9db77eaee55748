import { errors } from 'undici';
import { coreErrors, GatewayError } from '../errors.ts';
import { AddressRefused } from './address-guard.ts';
import type { Phase } from './phase-timer.ts';

/** No connection came about; `cause` says why. It has no code of its own, because undici tries again for ever after some. */
export class Unreached extends Error {
  override readonly name = 'Unreached';
}

/** Header bytes of an answer beyond which it is refused. */
export const maxHeaderBytes: number = 16 * 1024;

/** What a socket says when the other side has closed it. */
export const closedCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET']);

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'it refuses connections',
  ECONNRESET: 'it closed the connection at once',
  EPIPE: 'it closed the connection at once',
  UND_ERR_SOCKET: 'it closed the connection at once',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to its address',
  ENETUNREACH: 'there is no way to its address',
  EADDRNOTAVAIL: 'there is no way to its address',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name cannot be resolved at the moment',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by nobody who is trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by nobody who is trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is signed by nobody who is trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by nobody who is trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by nobody who is trusted',
  EPROTO: 'it does not speak TLS',
};

/** What a failure of undici's or of a socket's is called here, by how far the answer had come. */
export function failureOf(error: Error, provider: string, answered: boolean): GatewayError {
  if (GatewayError.is(error)) return error;
  const cause = causeOf(error);
  if (error instanceof AddressRefused) return coreErrors.UPSTREAM_ADDRESS({ provider }, { cause });
  if (error instanceof Unreached) {
    if (error.cause instanceof AddressRefused) return coreErrors.UPSTREAM_ADDRESS({ provider }, { cause: error.cause });
    return coreErrors.UPSTREAM_UNREACHABLE({ provider, reason: reasonOf(error) }, { cause });
  }
  const code = codeOf(error);
  if (code === 'UND_ERR_HEADERS_OVERFLOW')
    return coreErrors.UPSTREAM_TOO_LARGE({ provider, limit: maxHeaderBytes }, { cause });
  if (answered) return coreErrors.UPSTREAM_TRUNCATED({ provider }, { cause });
  if (error instanceof errors.HTTPParserError)
    return coreErrors.UPSTREAM_MALFORMED({ provider, reason: 'it does not speak HTTP/1.1' }, { cause });
  if (closedCodes.has(code)) return coreErrors.UPSTREAM_RESET({ provider }, { cause });
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED')
    return coreErrors.UPSTREAM_UNREACHABLE({ provider, reason: 'the connection was given up' }, { cause });
  if (code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') return coreErrors.BODY_UNREADABLE({}, { cause });
  if (code.startsWith('UND_ERR_') || code === '') return coreErrors.INTERNAL({}, { cause });
  return coreErrors.UPSTREAM_RESET({ provider }, { cause });
}

/** What a limit that has passed is called. */
export function lapseOf(phase: Phase | 'total', provider: string, timeoutMs: number): GatewayError {
  switch (phase) {
    case 'connect':
      return coreErrors.UPSTREAM_UNREACHABLE({ provider, reason: `no connection within ${timeoutMs} ms` });
    case 'first-event':
      return coreErrors.UPSTREAM_TIMEOUT({ provider, timeoutMs });
    case 'send':
    case 'idle':
      return coreErrors.UPSTREAM_STALLED({ provider, timeoutMs });
    case 'total':
      return coreErrors.UPSTREAM_SLOW({ provider, timeoutMs });
  }
}

/** Who aborts may say why; without a word the client has left. */
export function abortError(signal: AbortSignal): GatewayError {
  const reason: unknown = signal.reason;
  return GatewayError.is(reason) ? reason : coreErrors.CLIENT_LEFT({}, { cause: reason });
}

/** The code of an error, or of the first that it is made of. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === 'string') return code;
  return error instanceof AggregateError ? codeOf(error.errors[0]) : '';
}

function reasonOf(error: Unreached): string {
  const code = codeOf(error.cause);
  if (code === '') return error.message;
  return reasons[code] ?? (code.startsWith('ERR_SSL_') ? 'TLS cannot be agreed with it' : code);
}

/** The parser's errors hold what the upstream sent, which is not for a log. */
function causeOf(error: Error): Error {
  return 'data' in error ? new Error(error.message) : error;
}
