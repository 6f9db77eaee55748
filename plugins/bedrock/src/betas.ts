import type { Capabilities, HeaderMap } from '@tapgate/core';

/**
 * Betas of Claude that this place takes: any other is a 400 "invalid beta flag". The option `betasAllowed` stands in its place.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html
 */
export const knownBetas: readonly string[] = [
  'computer-use-2025-01-24',
  'computer-use-2025-11-24',
  'token-efficient-tools-2025-02-19',
  'fine-grained-tool-streaming-2025-05-14',
  'interleaved-thinking-2025-05-14',
  'output-128k-2025-02-19',
  'dev-full-thinking-2025-05-14',
  'context-1m-2025-08-07',
  'context-management-2025-06-27',
  'effort-2025-11-24',
  'tool-search-tool-2025-10-19',
  'tool-examples-2025-10-29',
];

/** The betas of a request and those left out because this place refuses them, each once and in the order they were named. */
export interface Betas {
  readonly sent: readonly string[];
  readonly dropped: readonly string[];
}

/** The client's betas and the operator's, where they may pass; a `*` at the end of a name stands for any ending. */
export function betasOf(headers: HeaderMap, able: Capabilities): Betas {
  const asked = (headers.get('anthropic-beta') ?? '').split(',').map((beta) => beta.trim());
  const named = [...new Set([...asked, ...namesIn(able['betas'])])].filter((beta) => beta !== '');
  const allowed = able['betasAllowed'] === undefined ? knownBetas : namesIn(able['betasAllowed']);
  const passes = (beta: string): boolean =>
    allowed.some((one) => (one.endsWith('*') ? beta.startsWith(one.slice(0, -1)) : beta === one));
  return { sent: named.filter(passes), dropped: named.filter((beta) => !passes(beta)) };
}

function namesIn(value: Capabilities[string]): readonly string[] {
  return typeof value === 'object' ? value : [];
}
