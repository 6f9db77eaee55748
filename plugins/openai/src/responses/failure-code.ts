import type { ErrorKind, GatewayError } from '@tapgate/core';

/** Codes of a failed response, in the API's words. Clients act on them: they compact, wait, or try again. */
const codes: Readonly<Partial<Record<ErrorKind, string>>> = {
  'invalid-request': 'invalid_prompt',
  unsupported: 'invalid_prompt',
  'too-large': 'invalid_prompt',
  'context-length': 'context_length_exceeded',
  'content-policy': 'invalid_prompt',
  'rate-limit': 'rate_limit_exceeded',
  quota: 'insufficient_quota',
};

const known: ReadonlySet<string> = new Set([
  ...Object.values(codes),
  'server_error',
  'data_residency_mismatch',
  'bio_policy',
  'vector_store_timeout',
]);

/** The code of an error inside an answer: the upstream's own where the API knows it, else by what kind of failure it is. */
export function failureCode({ kind, upstream }: GatewayError): string {
  const said = upstream?.kind === kind ? upstream.code : undefined;
  return said !== undefined && (known.has(said) || /image/.test(said)) ? said : (codes[kind] ?? 'server_error');
}
