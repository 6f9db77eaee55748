import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixtures, noFixtures, reply, replay, type Script } from '@tapgate/test-kit';
import { leftOut } from '../installed.ts';
import { speaking, type UpstreamDialect, upstreamDialects } from '../recorded.ts';
import { speakers } from '../speakers.ts';

/** An error of that status as each dialect words it. */
function errorBody(dialect: UpstreamDialect, status: number): object {
  const message = 'said so';
  const types: Readonly<Record<number, readonly [openai: string, anthropic: string, google: string]>> = {
    400: ['invalid_request_error', 'invalid_request_error', 'INVALID_ARGUMENT'],
    429: ['rate_limit_exceeded', 'rate_limit_error', 'RESOURCE_EXHAUSTED'],
    500: ['server_error', 'api_error', 'INTERNAL'],
  };
  const [openai, anthropic, google] = types[status] ?? ['', '', ''];
  if (dialect === 'anthropic-messages') return { type: 'error', error: { type: anthropic, message } };
  if (dialect === 'google-generate') return { error: { code: status, message, status: google } };
  return { error: { message, type: openai, code: null, param: null } };
}

/** A stream that a provider of that dialect once gave. */
const recording: Readonly<Record<UpstreamDialect, string>> = {
  'openai-chat': 'openai/chat-text-stream',
  'openai-responses': 'openai/responses-tool-turn2-stream',
  'anthropic-messages': 'anthropic/text-stream',
  'google-generate': 'gemini/text-stream',
};

/** The recorded stream up to half of its bytes. */
function half(dialect: UpstreamDialect): Script {
  const [fixture] = fixtures({ name: recording[dialect] });
  assert.ok(fixture);
  return replay(fixture, { cutAt: Math.floor(fixture.bytes.byteLength / 2), cutBy: 'end' });
}

interface Failure {
  readonly name: string;
  readonly answer: (dialect: UpstreamDialect) => Script;
  readonly streamed: readonly boolean[];
  /** The status that the client must see; absent where the answer had begun. */
  readonly status?: number;
}

const failures: readonly Failure[] = [
  ...[429, 500, 400].map((status) => ({
    name: `refuses with ${status}`,
    answer: (dialect: UpstreamDialect) => reply.json(status, errorBody(dialect, status)),
    streamed: [false, true],
    status: status === 500 ? 502 : status,
  })),
  {
    name: 'puts an error in a 200',
    answer: (dialect) => reply.json(200, errorBody(dialect, 500)),
    streamed: [false],
    status: 502,
  },
  { name: 'says nothing in a 200', answer: () => reply.sse(''), streamed: [true], status: 502 },
  { name: 'ends in the middle', answer: half, streamed: [true] },
];

const skip = leftOut('npm') || (fixtures().length === 0 && noFixtures);
for (const { name: client, ask } of speakers) {
  for (const dialect of upstreamDialects) {
    for (const { name, answer, streamed, status } of failures) {
      for (const stream of streamed) {
        const how = stream ? 'streamed' : 'whole';
        test(`${client}, ${how}: throws where a provider of ${dialect} ${name}`, { skip }, async () => {
          await using served = await speaking({ m: dialect }, () => answer(dialect));
          const asked = ask({ url: served.url, model: 'm', streamed: stream });
          await assert.rejects(asked, (error: any) => status === undefined || error.status === status);
        });
      }
    }
  }
}
