import echo from '@tapgate/echo';
import anthropic from '@tapgate/anthropic';
import google from '@tapgate/google';
import openai from '@tapgate/openai';
import openaiCompatible from '@tapgate/openai-compatible';
import { type Answer, fakeUpstream, type FakeUpstream, serveGateway, type ServedGateway } from '@tapgate/test-kit';

/** A gateway over an upstream, and both to be closed together. */
export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly upstream: FakeUpstream;
  readonly gateway: ServedGateway;
}

/** The dialects an upstream may speak. */
export type Speaks = 'openai-chat' | 'openai-responses';

/** A gateway whose model `m` is asked at a fake upstream that speaks one dialect; `echo` is the embedded provider. */
export async function gatewayOver(
  answer: Answer,
  speaks: Speaks = 'openai-chat',
  quirks: object = {},
): Promise<Served> {
  const upstream = await fakeUpstream(answer);
  const gateway = await serveGateway({
    plugins: [
      [openai, {}],
      [anthropic, {}],
      [google, {}],
      [echo, { paceMs: 1 }],
      [
        openaiCompatible,
        { baseUrl: `${upstream.url}/v1`, apiKey: 'the-providers-key', dialects: [speaks], quirks },
        { id: 'up' },
      ],
    ] as never,
    models: { m: ['up/real-model'], echo: ['echo/echo'], thinker: ['echo/reasoning'] },
  });
  return {
    url: gateway.url,
    upstream,
    gateway,
    [Symbol.asyncDispose]: async () => {
      await gateway.close();
      await upstream.close();
    },
  };
}
