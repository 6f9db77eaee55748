import {
  coreErrors,
  type ErrorKind,
  type GatewayError,
  GatewayError as Failed,
  type UpstreamError,
} from '@tapgate/core';

/** What goes wrong under a model's name, before there is an answer. */
const refusals: Readonly<Record<string, readonly [status: number, kind: ErrorKind, message: string]>> = {
  '400': [400, 'invalid-request', 'The echo provider refuses this request, as its model name asks.'],
  '401': [401, 'authentication', 'The echo provider does not accept its credential, as its model name asks.'],
  '402': [402, 'billing', 'The echo provider has no credit, as its model name asks.'],
  '403': [403, 'permission', 'The echo provider forbids this, as its model name asks.'],
  '404': [404, 'not-found', 'The echo provider does not know this model, as its name asks.'],
  '413': [413, 'too-large', 'The echo provider finds this request too large, as its model name asks.'],
  '429': [429, 'rate-limit', 'The echo provider throttles, as its model name asks.'],
  '500': [500, 'server', 'The echo provider fails, as its model name asks.'],
  '503': [503, 'overloaded', 'The echo provider is overloaded, as its model name asks.'],
  '529': [529, 'overloaded', 'The echo provider is overloaded, as its model name asks.'],
  context: [
    400,
    'context-length',
    'This request is longer than the context of the echo provider, as its model name asks.',
  ],
  policy: [400, 'content-policy', 'The echo provider finds this against its policy, as its model name asks.'],
};

/** The model names that fail before they answer. */
export const refusalNames: readonly string[] = Object.keys(refusals);

/** The error of a model name that fails before it answers, as an upstream would have said it. */
export function refusal(model: string): UpstreamError | undefined {
  const row = refusals[model];
  if (row === undefined) return undefined;
  const [status, kind, message] = row;
  return { kind, status, message, ...(kind === 'rate-limit' ? { retryAfterMs: 2000 } : {}) };
}

/** The error of an answer that breaks off in its middle. */
export function breakage(model: string, provider: string): GatewayError | undefined {
  if (model === 'cut') return coreErrors.UPSTREAM_TRUNCATED({ provider });
  if (model === 'garbage') return coreErrors.UPSTREAM_MALFORMED({ provider, reason: 'as its model name asks' });
  if (model !== 'error') return undefined;
  const upstream: UpstreamError = {
    kind: 'overloaded',
    status: 529,
    message: 'The echo provider breaks off, as its model name asks.',
  };
  return new Failed('UPSTREAM_FAILED', 503, upstream.message, { kind: 'overloaded', retryable: true, upstream });
}
