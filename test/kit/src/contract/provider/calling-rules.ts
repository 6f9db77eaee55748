import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { RecordedRequest } from '../../fake-upstream/recorded-request.ts';
import { reply } from '../../fake-upstream/reply.ts';
import type { Rule } from '../rule.ts';
import { clientSecrets, goodAnswer, modelOf, withTrials, type ProviderSubject } from './subject.ts';

export const callingRules: readonly Rule<ProviderSubject>[] = [
  {
    name: 'it is asked at the right path, for the right model, streamed or not as the client asked',
    check: (subject) =>
      withTrials(subject, goodAnswer, async ({ ask, upstream, wire }, wish) => {
        for (const streamed of [true, false]) {
          await ask(streamed);
          const request = upstream.requests.at(-1);
          assert.ok(request, `${wire.dialect}: it was not asked at all`);
          const end = wire.endOfPath(wish(streamed));
          assert.ok(pathOf(request).endsWith(end), `${wire.dialect}: ${request.path} does not end with ${end}`);
          assert.deepEqual(wire.wishIn(request), wish(streamed), wire.dialect);
        }
      }),
  },
  {
    name: 'its answer reaches the client, streamed and whole',
    check: (subject) =>
      withTrials(subject, goodAnswer, async ({ ask, served, wire }) => {
        for (const streamed of [true, false]) {
          const { status, text, complete } = await ask(streamed);
          const shown = `${wire.dialect}, ${streamed ? 'streamed' : 'whole'}: ${status} ${text}`;
          assert.ok(status === 200 && complete && text.includes(wire.text), shown);
        }
        assert.deepEqual(
          served.settled.map(({ settlement }) => settlement.outcome),
          ['ok', 'ok'],
          wire.dialect,
        );
      }),
  },
  {
    name: "it is sent its own credential, and nothing of the client's",
    check: (subject) =>
      withTrials(subject, goodAnswer, async ({ ask, upstream, wire }) => {
        for (const streamed of [true, false]) await ask(streamed);
        const { header, value } = subject.credential;
        for (const request of upstream.requests) {
          const sent = request.headers.get(header) ?? '';
          const fits = typeof value === 'string' ? sent === value : value.test(sent);
          assert.ok(fits, `${wire.dialect}: the credential in "${header}" is not its own`);
          const all = Buffer.concat([request.head, request.body]).toString('latin1');
          for (const secret of clientSecrets)
            assert.ok(!all.includes(secret), `${wire.dialect}: it was sent ${secret}`);
        }
      }),
  },
  {
    name: 'a model name that would lead elsewhere is encoded or refused',
    check: async (subject) => {
      for (const model of escapes) await checkEscape(subject, model);
    },
  },
  {
    name: 'its credential shows in no error, no log and no printed object',
    check: checkSecrets,
  },
];

const pathOf = ({ path }: RecordedRequest): string => path.split('?', 1)[0] ?? '';

const escapes = [
  '../../admin',
  '..',
  'a/../../b',
  '%2e%2e%2fadmin',
  'model?admin=true',
  'model#part',
  'model\r\nx-injected: yes',
  'mödel with spaces',
  '//elsewhere.example/model',
  '\\..\\admin',
];

/** The line of a request with the model's own name taken out, as a server that normalises paths would see it. */
function lineOf({ path, method, rawHeaders }: RecordedRequest, model: string): string {
  const { pathname, search } = new URL(path, 'http://upstream');
  const spelt = [encodeURIComponent(model), encodeURI(model), model].find((name) => pathname.includes(name));
  const names = rawHeaders.map(([name]) => name.toLowerCase()).toSorted();
  return [method, spelt === undefined ? pathname : pathname.replace(spelt, '*'), search, ...names].join(' ');
}

async function checkEscape(subject: ProviderSubject, model: string): Promise<void> {
  const lines = new Map<string, string>();
  await withTrials(subject, goodAnswer, async ({ ask, upstream, wire }) => {
    await ask(false);
    const [request] = upstream.requests;
    if (request) lines.set(wire.dialect, lineOf(request, modelOf(subject)));
  });
  const look = async ({ ask, upstream, wire }: Parameters<Parameters<typeof withTrials>[2]>[0]): Promise<void> => {
    const { status } = await ask(false);
    const [request] = upstream.requests;
    const shown = `${wire.dialect} with the model ${JSON.stringify(model)}`;
    assert.deepEqual(upstream.failures, [], shown);
    if (!request) {
      assert.ok(status >= 400, `${shown}: not asked, and answered with ${status}`);
      return;
    }
    // What is encoded holds no character that ends a segment, so that the rest of the line is as ever.
    assert.equal(lineOf(request, model), lines.get(wire.dialect), `${shown}: asked ${request.path}`);
    assert.ok(!new URL(request.path, 'http://upstream').pathname.includes('/admin'), `${shown}: asked ${request.path}`);
  };
  await withTrials(subject, goodAnswer, look, model);
}

async function checkSecrets(subject: ProviderSubject): Promise<void> {
  for (const status of [400, 401, 403, 404, 429, 500, 529]) {
    for (const page of [false, true]) {
      const said = `Incorrect API key provided: ${subject.secrets.join(', ')}.`;
      await withTrials(
        subject,
        (wire) => (page ? reply.text(status, `<p>${said}</p>`) : reply.json(status, wire.error(status, said))),
        async ({ ask, served, provider, wire }) => {
          const answered = await ask(true);
          const seen = {
            'the answer': `${[...answered.headers].join('\n')}\n${answered.text}`,
            'the log': served.logs.join('\n'),
            'the printed provider': inspect(served.gateway.providers.get(provider), { depth: 6 }),
            'the printed exchange': inspect(served.settled[0]?.exchange.attempts, { depth: 6 }),
          };
          for (const [where, text] of Object.entries(seen)) {
            const shows = subject.secrets.some((secret) => text.includes(secret));
            assert.ok(!shows, `${wire.dialect}, status ${status}: a secret shows in ${where}`);
          }
        },
      );
    }
  }
}
