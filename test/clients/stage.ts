import anthropic from '@tapgate/anthropic';
import bedrock from '@tapgate/bedrock';
import cohere from '@tapgate/cohere';
import google from '@tapgate/google';
import ollama from '@tapgate/ollama';
import openai from '@tapgate/openai';
import openaiCompatible from '@tapgate/openai-compatible';
import { fakeUpstream, type RecordedRequest, reply, type Script, serveGateway } from '@tapgate/test-kit';
import { vendors } from './vendors/index.ts';
import { type Understood, unpaired, type Vendor, type VendorDialect } from './vendors/vendor.ts';
import type { Tongue } from './wish.ts';

/** What came to a vendor. */
export interface Arrived {
  readonly vendor: Vendor;
  readonly request: RecordedRequest;
  readonly understood: Understood;
}

/** What a vendor answers to its request of that number. */
export type Play = (turn: number, arrived: Arrived) => Script;

/** One gateway with the usual settings before a place for each dialect, for one play after the other. */
export interface Stage extends AsyncDisposable {
  readonly url: string;
  /**
   * Runs what a client of that dialect does while the vendors play; gives what arrived there. Throws where a vendor was asked
   * wrongly: in another dialect than the client's, because its own words go through as they are.
   */
  readonly play: <Result>(
    tongue: Tongue,
    play: Play,
    act: (url: string) => Promise<Result>,
  ) => Promise<{ readonly result: Result; readonly arrived: readonly Arrived[] }>;
}

/** The credential that the vendors know. No client has it, and theirs stays with the gateway. */
const apiKey = 'the-providers-key';
const clientsKey = 'a-clients-key';

/** The public name of the model that is asked for in that dialect. */
export const modelIn = (dialect: VendorDialect): string => `model-in-${dialect}`;

const paths: readonly (readonly [RegExp, VendorDialect])[] = [
  [/^\/v1\/chat\/completions/, 'openai-chat'],
  [/^\/v1\/responses/, 'openai-responses'],
  [/^\/v1\/messages/, 'anthropic-messages'],
  [/^\/v1beta\/models\//, 'google-generate'],
  [/^\/model\//, 'bedrock-converse'],
  [/^\/v2\/chat/, 'cohere-chat'],
  [/^\/api\/chat/, 'ollama-chat'],
];

function vendorOf({ path }: RecordedRequest): Vendor {
  const dialect = paths.find(([pattern]) => pattern.test(path))?.[1];
  const vendor = vendors.find((one) => one.dialect === dialect);
  if (vendor === undefined) throw new Error(`nobody is at ${path}`);
  return vendor;
}

function faultsOf(tongue: Tongue, { vendor, request, understood }: Arrived): readonly string[] {
  const keys = Buffer.from(request.head).toString('latin1').includes(clientsKey) || request.text.includes(clientsKey);
  const faults = tongue === vendor.dialect ? [] : [...vendor.faults(request.json()), ...unpaired(understood.heard)];
  return [...faults, ...(keys ? ['the client’s key came along'] : [])];
}

/** Opens the stage; its routes refuse what a vendor cannot do, as they do unless a config says otherwise, or drop it. */
export async function openStage(unsupported: 'refuse' | 'drop' = 'refuse'): Promise<Stage> {
  let playing: { tongue: Tongue; play: Play; arrived: Arrived[]; faults: string[] } | undefined;
  const upstream = await fakeUpstream((request) => {
    try {
      const vendor = vendorOf(request);
      if (playing === undefined) throw new Error('nobody plays');
      const understood = vendor.understand(request);
      const arrived = { vendor, request, understood };
      const faults = faultsOf(playing.tongue, arrived);
      if (faults.length > 0) playing.faults.push(...faults, `in ${request.text.slice(0, 4000)}`);
      playing.arrived.push(arrived);
      return playing.play(playing.arrived.length - 1, arrived);
    } catch (error) {
      playing?.faults.push(`${(error as Error).stack} at ${request.path} in ${request.text.slice(0, 4000)}`);
      return reply.json(500, { error: 'the vendor did not understand' });
    }
  });
  const { url } = upstream;
  const gateway = await serveGateway({
    plugins: [
      [openaiCompatible, { baseUrl: `${url}/v1`, apiKey, dialects: ['openai-chat'] }, { id: 'openai-chat' }],
      [openai, { baseUrl: `${url}/v1`, apiKey }, { id: 'openai-responses' }],
      [anthropic, { baseUrl: url, apiKey }, { id: 'anthropic-messages' }],
      [google, { baseUrl: `${url}/v1beta`, apiKey }, { id: 'google-generate' }],
      [bedrock, { baseUrl: url, apiKey, anthropic: 'converse' }, { id: 'bedrock-converse' }],
      [cohere, { baseUrl: url, apiKey }, { id: 'cohere-chat' }],
      [ollama, { baseUrl: url }, { id: 'ollama-chat' }],
    ] as never,
    unsupported,
    models: Object.fromEntries(vendors.map(({ dialect, model }) => [modelIn(dialect), [{ provider: dialect, model }]])),
  });
  return {
    url: gateway.url,
    async play(tongue, play, act) {
      const now = { tongue, play, arrived: [], faults: [] as string[] };
      playing = now;
      try {
        const result = await act(gateway.url);
        if (now.faults.length > 0) throw new Error(now.faults.join('\n'));
        return { result, arrived: now.arrived };
      } catch (error) {
        // What the vendor found wrong is the reason, and what the client made of its answer is not.
        throw now.faults.length > 0 ? new Error(now.faults.join('\n'), { cause: error }) : error;
      } finally {
        playing = undefined;
      }
    },
    [Symbol.asyncDispose]: async () => {
      await gateway.close();
      await upstream.close();
    },
  };
}
