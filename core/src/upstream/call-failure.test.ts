import assert from 'node:assert/strict';
import test from 'node:test';
import { inspect } from 'node:util';
import { textBody } from '../body.ts';
import type { GatewayError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { chunk, open, read, request, serve, streamHead } from './local-server.test.ts';

const canary = 'sk-canary-0123456789abcdef';

const answers: readonly (readonly [what: string, code: string, answer: string | undefined])[] = [
  ['a closed connection', 'UPSTREAM_RESET', ''],
  ['silence', 'UPSTREAM_TIMEOUT', undefined],
  ['a redirect', 'UPSTREAM_REDIRECT', `HTTP/1.1 302 Found\r\nlocation: /?key=${canary}\r\n\r\n`],
  ['no HTTP', 'UPSTREAM_MALFORMED', `NOT HTTP ${canary}\r\n\r\n`],
  ['a large head', 'UPSTREAM_TOO_LARGE', `HTTP/1.1 200 OK\r\nx-echo: ${canary.repeat(2000)}\r\n\r\n`],
  ['a cut answer', 'UPSTREAM_TRUNCATED', streamHead + chunk(`echo ${canary}`)],
  ['a broken chunk', 'UPSTREAM_TRUNCATED', `${streamHead}${canary}\r\n`],
];

/** All that a log could make of an error, its causes and what they hold. */
const everythingOf = (error: GatewayError): string =>
  inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error) + String(error.stack);

for (const [what, code, answer] of answers) {
  test(`a failure ${code} holds neither the credential nor what the upstream said of it: ${what}`, async (t) => {
    const server = await serve(t, ({ socket }) => answer !== undefined && socket.end(answer));
    const { upstream } = open(t);
    const credential = { header: 'authorization', prefix: 'Bearer ', secret: new Secret(canary) };
    const asked = request(server.origin, { credential, body: textBody('{}'), timeouts: { firstEventMs: 50 } });
    const failure = await upstream(asked).then(
      async ({ bytes }) => {
        const got = read(bytes);
        await got.over;
        return got.ending as GatewayError;
      },
      (error: GatewayError) => error,
    );
    assert.equal(failure.code, code);
    const everything = everythingOf(failure);
    for (const part of [canary, canary.slice(-8), Buffer.from(canary).toString('base64')])
      assert.equal(everything.includes(part), false, part);
    assert.doesNotMatch(
      everything,
      new RegExp(Buffer.from(canary).toString('hex').match(/../g)?.slice(0, 8).join(' ') ?? ''),
    );
  });
}
