/** How errors are said to clients, and how those of upstreams are understood. */
import { coreErrors, upstreamFailed } from '@tapgate/core';
import { clientDialects, dialects, leaves, table } from './spoken.mjs';

/** One error of the gateway of each kind that a client is told. @type {readonly (readonly [name: string, error: import('@tapgate/core').GatewayError])[]} */
const told = [
  ['a broken request', coreErrors.BODY_INVALID({ reason: 'r' })],
  [
    'what the target cannot do',
    coreErrors.FIELD_UNSUPPORTED({ target: 't', field: 'f', reason: 'r' }, { kind: 'unsupported', param: 'f' }),
  ],
  ['nobody was admitted', coreErrors.NOT_ADMITTED()],
  ['an unknown model', coreErrors.MODEL_UNKNOWN({ model: 'm', hint: '' })],
  ['too large', coreErrors.BODY_TOO_LARGE({ limit: 1 })],
  ['too long for the model', upstream('context-length', 400)],
  ['too many requests', upstream('rate-limit', 429)],
  ['overloaded', upstream('overloaded', 529)],
  ['refused by policy', upstream('content-policy', 400)],
  ['too slow', coreErrors.UPSTREAM_TIMEOUT({ provider: 'p', timeoutMs: 1 })],
  ['broke off', coreErrors.UPSTREAM_TRUNCATED({ provider: 'p' })],
  ['the provider failed', upstream('server', 500)],
];

/** @param {import('@tapgate/core').ErrorKind} kind @param {number} status */
function upstream(kind, status) {
  return upstreamFailed('p', { kind, status, message: 'm' });
}

/** Status, and the words that are not the sentence's. */
export function clientErrorTable() {
  const rows = told.map(([name, error]) => [name, ...clientDialects.map(([, dialect]) => saidBy(dialect, error))]);
  return table(['the client is told', ...clientDialects.map(([name]) => name)], rows);
}

/** @param {import('@tapgate/core').Dialect} dialect @param {import('@tapgate/core').GatewayError} error */
function saidBy(dialect, error) {
  const { status, body } = dialect.writeError(error, 'id');
  const words = leaves(JSON.parse(body)).flatMap(([path, value]) =>
    /(?:^|\.)(?:type|code|status)$/.test(path) && typeof value === 'string' && value !== 'error'
      ? [`\`${value}\``]
      : [],
  );
  return [String(status), ...new Set(words)].join(' ');
}

const statuses = [400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529];

/** What a bare status of an upstream is taken for, where no document says more. */
export function upstreamErrorTable() {
  const rows = statuses.map((status) => [
    String(status),
    ...dialects.map(([, dialect]) => dialect.readError(status, new Map(), new Uint8Array()).kind),
  ]);
  const common = rows.filter(([, first, ...others]) => others.every((kind) => kind === first));
  const others = rows.filter((row) => !common.includes(row));
  const same = common.map(([status, kind]) => `${status} is \`${kind}\``).join(', ');
  return `In all of them ${same}.${others.length === 0 ? '' : `\n\n${table(['status', ...dialects.map(([name]) => name)], others)}`}`;
}

const waits = /** @type {const} */ ([
  ['retry-after', '7'],
  ['retry-after-ms', '7000'],
  ['x-ratelimit-reset-requests', '7s'],
  ['x-ratelimit-reset-tokens', '7s'],
  ['anthropic-ratelimit-requests-reset', '2030-01-01T00:00:00Z'],
]);

/** Which headers of an upstream tell how long to wait. */
export function waitHeaders() {
  const read = waits.filter(([name, value]) =>
    dialects.every(
      ([, dialect]) => dialect.readError(429, new Map([[name, value]]), new Uint8Array()).retryAfterMs === 7000,
    ),
  );
  return read.map(([name]) => `\`${name}\``).join(' and ');
}
