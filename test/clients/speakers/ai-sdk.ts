import { client } from '../installed.ts';
import { type Client, modelOf, offers, runTool, type Told, type Wish } from '../wish.ts';

/** A provider package of the AI SDK: which model it asks, and how it is told to think. */
interface Package extends Omit<Client, 'needs' | 'converse'> {
  /** Whom its options are for. */
  readonly options: string;
  readonly modelsAt: (url: string) => Promise<(model: string) => unknown>;
  readonly thinking: object;
  readonly always?: object;
}

const apiKey = 'a-clients-key';
/** It warns of models whose names it does not know, once a call. */
(globalThis as any).AI_SDK_LOG_WARNINGS = false;

const packages: readonly Package[] = [
  {
    name: 'AI SDK, openai',
    options: 'openai',
    tongue: 'openai-responses',
    modelsAt: async (url) => (await client('@ai-sdk/openai')).createOpenAI({ baseURL: `${url}/v1`, apiKey }),
    // The names of the models here say nothing to it.
    thinking: { forceReasoning: true, reasoningEffort: 'medium', reasoningSummary: 'auto' },
    // Without it the package names what it was told by ids that only the vendor itself could look up.
    always: { store: false },
  },
  {
    name: 'AI SDK, openai chat',
    options: 'openai',
    tongue: 'openai-chat',
    modelsAt: async (url) => (await client('@ai-sdk/openai')).createOpenAI({ baseURL: `${url}/v1`, apiKey }).chat,
    thinking: { forceReasoning: true, reasoningEffort: 'medium' },
    // It takes the vendor's chat for one that tells nothing of its thinking.
    keepsSeals: [],
    showsThoughts: false,
  },
  {
    name: 'AI SDK, openai-compatible',
    options: 'gate',
    tongue: 'openai-chat',
    modelsAt: async (url) =>
      (await client('@ai-sdk/openai-compatible')).createOpenAICompatible({
        name: 'gate',
        baseURL: `${url}/v1`,
        apiKey,
        includeUsage: true,
        supportsStructuredOutputs: true,
      }),
    thinking: { reasoningEffort: 'medium' },
    keepsSeals: ['google-generate'],
    cannot: { imageUrls: 'it fetches what has an address itself' },
  },
  {
    name: 'AI SDK, anthropic',
    options: 'anthropic',
    tongue: 'anthropic-messages',
    modelsAt: async (url) => (await client('@ai-sdk/anthropic')).createAnthropic({ baseURL: `${url}/v1`, apiKey }),
    thinking: { thinking: { type: 'enabled', budgetTokens: 2000 } },
    // Of a model whose name it does not know it believes that there is none.
    always: { structuredOutputMode: 'outputFormat' },
  },
  {
    name: 'AI SDK, google',
    options: 'google',
    tongue: 'google-generate',
    modelsAt: async (url) =>
      (await client('@ai-sdk/google')).createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey }),
    thinking: { thinkingConfig: { includeThoughts: true, thinkingLevel: 'low' } },
    wraps: (name, content) => JSON.stringify({ name, content }),
    cannot: { imageUrls: 'it fetches what has an address itself' },
  },
];

function begin({ prompt, image, document }: Wish): object[] {
  const files = [
    ...(image === undefined
      ? []
      : [{ type: 'file', data: image.startsWith('http') ? new URL(image) : image, mediaType: 'image/png' }]),
    ...(document === undefined
      ? []
      : [{ type: 'file', data: document, mediaType: 'application/pdf', filename: 'a.pdf' }]),
  ];
  return [{ role: 'user', content: [{ type: 'text', text: prompt }, ...files] }];
}

const toldOf = ({ text, reasoningText, toolCalls, usage }: any): Told => ({
  text,
  thought: reasoningText ?? '',
  calls: toolCalls.map(({ toolName: name, input }: any) => ({ name, input })),
  ...(usage.inputTokens !== undefined && { usage: { input: usage.inputTokens, output: usage.outputTokens } }),
});

function clientOf({ options, modelsAt, thinking, always = {}, ...about }: Package): Client {
  return {
    ...about,
    needs: 'npm',
    async converse(wish) {
      const { generateText, streamText, isStepCount, stepCountIs, tool, jsonSchema, Output } = await client('ai');
      const models = await modelsAt(wish.url);
      const tools = offers.map(({ name: of, description, parameters }) => [
        of,
        tool({ description, inputSchema: jsonSchema(parameters), execute: (input: object) => runTool(of, input) }),
      ]);
      const asked = {
        model: models(modelOf(wish, 0)),
        prepareStep: ({ stepNumber }: any) => ({ model: models(modelOf(wish, stepNumber)) }),
        messages: begin(wish),
        maxRetries: 0,
        stopWhen: (isStepCount ?? stepCountIs)(10),
        ...(wish.system !== undefined && { instructions: wish.system }),
        ...(wish.tools && { tools: Object.fromEntries(tools) }),
        providerOptions: { [options]: { ...always, ...(wish.thinks && thinking) } },
        ...(wish.schema && { output: Output.object({ schema: jsonSchema(wish.schema) }) }),
      };
      if (!wish.streamed) return (await generateText(asked)).steps.map(toldOf);
      let failure: unknown;
      const result = streamText({ ...asked, onError: ({ error }: any) => (failure ??= error) });
      await result.consumeStream();
      // It has two ways to fail, and a stream that was cut off is told in the first alone.
      if (failure !== undefined) throw failure;
      return (await result.steps).map(toldOf);
    },
  };
}

/** The AI SDK, by each of its provider packages. */
export const aiSdk: readonly Client[] = packages.map(clientOf);
