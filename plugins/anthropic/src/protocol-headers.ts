import type { Capabilities, HeaderMap } from '@tapgate/core';
import { listOf } from './writing.ts';

/** The oldest version that is still served, and the only one that takes temperature, top_p and top_k. */
const DEFAULT_VERSION = '2023-06-01';

/**
 * The API version a request is written for: its client's, else its provider's.
 *
 * @see https://platform.claude.com/docs/en/api/versioning
 */
export function versionOf(headers: HeaderMap, able: Capabilities): string {
  const own = able['anthropicVersion'];
  return headers.get('anthropic-version') ?? (typeof own === 'string' ? own : DEFAULT_VERSION);
}

/** The betas of a request and those left out because its provider refuses them, each once and in the order they were named. */
export interface Betas {
  readonly sent: readonly string[];
  readonly dropped: readonly string[];
}

/** The client's betas and the provider's, where `able.betasAllowed` lets them pass; a `*` there stands for any ending. */
export function betasOf(headers: HeaderMap, able: Capabilities): Betas {
  const asked = (headers.get('anthropic-beta') ?? '').split(',').map((beta) => beta.trim());
  const betas = [...new Set([...asked, ...(listOf(able, 'betas') ?? [])])].filter((beta) => beta !== '');
  const allowed = listOf(able, 'betasAllowed');
  if (allowed === undefined) return { sent: betas, dropped: [] };
  const passes = (beta: string): boolean =>
    allowed.some((one) => (one.endsWith('*') ? beta.startsWith(one.slice(0, -1)) : beta === one));
  return { sent: betas.filter(passes), dropped: betas.filter((beta) => !passes(beta)) };
}

/** The headers that belong to this dialect, for a body of JSON. */
export function protocolHeaders(headers: HeaderMap, able: Capabilities): Map<string, string> {
  const written = new Map([
    ['content-type', 'application/json'],
    ['anthropic-version', versionOf(headers, able)],
  ]);
  const { sent } = betasOf(headers, able);
  if (sent.length > 0) written.set('anthropic-beta', sent.join(','));
  return written;
}
