import type { AttemptRecord, FailureKind, GatewayError } from '@tapgate/core';

/** What a failed attempt says of its target's future. */
export type Blame = 'deployment' | 'pace' | 'credential' | 'permission';

/**
 * Whom an attempt's end is held against: the deployment itself, its pace, or the credential. Nothing where the caller, this
 * gateway or nobody is to blame: a refusal that was made here must not be taken for the upstream's own word.
 */
export function blameOf(record: AttemptRecord): Blame | undefined {
  const { result, failure, error, firstEventAt } = record;
  // The deadline passed, and nothing had come: to the client that is the same silence as a timeout's.
  if (result === 'lost') return error?.code === 'DEADLINE' && firstEventAt === undefined ? 'deployment' : undefined;
  if (result !== 'failed' || failure === undefined || error === undefined) return undefined;
  return cameFromUpstream(error) ? byKind(failure, error) : undefined;
}

function byKind(failure: FailureKind, error: GatewayError): Blame | undefined {
  switch (failure) {
    case 'broken':
    case 'truncated':
    case 'slow':
      return isCertificate(error) ? undefined : 'deployment';
    case 'throttled':
      return 'pace';
    case 'credential':
      return error.upstream?.kind === 'permission' ? 'permission' : 'credential';
    default:
      return undefined;
  }
}

function cameFromUpstream(error: GatewayError): boolean {
  return error.upstream !== undefined || error.code.startsWith('UPSTREAM_');
}

/** A certificate that is not trusted is for the operator to mend: trying again, or later, changes nothing. */
export function isCertificate(error: GatewayError): boolean {
  if (error.code !== 'UPSTREAM_UNREACHABLE') return false;
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== undefined && /CERT|SIGNATURE|ERR_TLS_/.test(code)) return true;
  }
  return false;
}
