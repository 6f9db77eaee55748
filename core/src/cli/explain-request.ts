import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { bodyOf } from '../body.ts';
import { isMap } from '../config/config-path.ts';
import type { Dialect, DialectRoute } from '../dialect.ts';
import type { LiveGateway } from '../gateway.ts';
import type { HandleRequest } from '../plugin.ts';
import { UsageError } from './command.ts';

/** What else was said of the request. */
export interface RequestDetails {
  readonly dialect: string | undefined;
  /** `name: value` */
  readonly header: string | undefined;
}

/** A chat of one message, in the words of a dialect. */
export function requestSaying(
  gateway: LiveGateway,
  model: string,
  message: string,
  how: RequestDetails,
): HandleRequest {
  const { dialect, route } = chatOf(gateway, how.dialect);
  const written = dialect.writeRequest(
    {
      model,
      instructions: [],
      turns: [{ role: 'user', parts: [{ kind: 'text', text: message }] }],
      tools: [],
      output: {},
      sampling: {},
      stream: false,
      wantUsage: false,
      ext: {},
    },
    { operation: 'chat', model, streamed: false, able: {}, headers: new Map(), query: '', path: route.path },
  );
  return { dialect: dialect.name, path: pathFor(route, model), body: written.body, headers: headersOf(how.header) };
}

/** A request as a client would send it, from a file with its body. */
export function requestFrom(
  gateway: LiveGateway,
  file: string,
  cwd: string,
  model: string | undefined,
  how: RequestDetails,
): HandleRequest {
  const { dialect, route } = chatOf(gateway, how.dialect);
  const bytes = readFileSync(resolve(cwd, file));
  const body: unknown = JSON.parse(bytes.toString('utf8'));
  const asked = model ?? (isMap(body) && typeof body['model'] === 'string' ? body['model'] : '');
  const changed = model === undefined || !isMap(body) ? bytes : Buffer.from(JSON.stringify({ ...body, model }));
  return { dialect: dialect.name, path: pathFor(route, asked), body: bodyOf(changed), headers: headersOf(how.header) };
}

function chatOf(
  gateway: LiveGateway,
  name: string | undefined,
): { readonly dialect: Dialect; readonly route: DialectRoute } {
  const spoken = [...gateway.dialects.values()].filter((dialect) => name === undefined || dialect.name === name);
  for (const dialect of spoken) {
    const route = dialect.routes.find(({ operation }) => operation === 'chat');
    if (route !== undefined) return { dialect, route };
  }
  const known = [...gateway.dialects.keys()].join(', ');
  throw new UsageError(
    known === ''
      ? 'No plugin brings a dialect, so no request can be made.'
      : `Choose a dialect that has a chat: ${known}.`,
  );
}

/** The route's path with the model where the dialect has it there. */
function pathFor({ path }: DialectRoute, model: string): string {
  return path.replaceAll(/[:*]model\b/g, () => encodeURIComponent(model));
}

function headersOf(header: string | undefined): ReadonlyMap<string, string> {
  if (header === undefined) return new Map();
  const colon = header.indexOf(':');
  if (colon < 1) throw new UsageError('--header takes "name: value".');
  return new Map([[header.slice(0, colon).trim().toLowerCase(), header.slice(colon + 1).trim()]]);
}
