import { client } from '../installed.ts';
import { type Client, modelOf, offers, runTool, type Told, type Wish } from '../wish.ts';

/** A chat model of LangChain. */
interface ChatModel extends Omit<Client, 'needs' | 'converse'> {
  readonly at: (wish: Wish, model: string) => Promise<any>;
}

const apiKey = 'a-clients-key';

async function openai(wish: Wish, more: object): Promise<any> {
  const { ChatOpenAI } = await client('@langchain/openai');
  return new ChatOpenAI({
    apiKey,
    maxRetries: 0,
    configuration: { baseURL: `${wish.url}/v1` },
    streamUsage: true,
    ...more,
  });
}

const chatModels: readonly ChatModel[] = [
  {
    name: 'LangChain, openai',
    tongue: 'openai-chat',
    at: (wish, model) => openai(wish, { model, ...(wish.thinks && { modelKwargs: { reasoning_effort: 'medium' } }) }),
    keepsSeals: [],
    showsThoughts: false,
  },
  {
    name: 'LangChain, openai responses',
    tongue: 'openai-responses',
    at: (wish, model) =>
      openai(wish, {
        model,
        useResponsesApi: true,
        zdrEnabled: true,
        ...(wish.thinks && {
          modelKwargs: {
            reasoning: { effort: 'medium', summary: 'auto' },
            include: ['reasoning.encrypted_content'],
          },
        }),
      }),
  },
  {
    name: 'LangChain, anthropic',
    tongue: 'anthropic-messages',
    describes: ['enum'],
    async at({ url, thinks }, model) {
      const { ChatAnthropic } = await client('@langchain/anthropic');
      const thinking = thinks ? { thinking: { type: 'enabled', budget_tokens: 2000 } } : {};
      return new ChatAnthropic({ model, apiKey, anthropicApiUrl: url, maxRetries: 0, maxTokens: 4000, ...thinking });
    },
  },
  {
    name: 'LangChain, google',
    tongue: 'google-generate',
    async at({ url, thinks }, model) {
      const { ChatGoogle } = await client('@langchain/google');
      const thinking = thinks ? { reasoningEffort: 'low' } : {};
      return new ChatGoogle({ model, apiKey, endpoint: url, maxRetries: 0, ...thinking });
    },
    hearsBreaks: false,
    wraps: (_name, result) => JSON.stringify({ result }),
    // It takes the dialect for one that has no word for this.
    words: (parameters) =>
      JSON.parse(JSON.stringify(parameters, (name, value) => (name === 'additionalProperties' ? undefined : value))),
  },
];

function begin({ system, prompt, image, document }: Wish, { HumanMessage, SystemMessage }: any): any[] {
  const files = [
    ...(image === undefined
      ? []
      : [
          image.startsWith('http')
            ? { type: 'image', url: image, mimeType: 'image/png' }
            : { type: 'image', data: image, mimeType: 'image/png' },
        ]),
    ...(document === undefined
      ? []
      : [{ type: 'file', data: document, mimeType: 'application/pdf', metadata: { filename: 'a.pdf' } }]),
  ];
  const user = new HumanMessage({ contentBlocks: [{ type: 'text', text: prompt }, ...files] });
  return [...(system === undefined ? [] : [new SystemMessage(system)]), user];
}

async function answerOf(model: any, messages: any[], streamed: boolean): Promise<any> {
  if (!streamed) return model.invoke(messages);
  let whole: any;
  for await (const piece of await model.stream(messages)) whole = whole === undefined ? piece : whole.concat(piece);
  if (whole === undefined) throw new Error('nothing was streamed');
  return whole;
}

const toldOf = (message: any): Told => ({
  text: message.text,
  thought: message.contentBlocks
    .filter(({ type }: any) => type === 'reasoning')
    .map(({ reasoning }: any) => reasoning)
    .join(''),
  calls: message.tool_calls.map(({ name, args: input }: any) => ({ name, input })),
  ...(message.usage_metadata && {
    usage: { input: message.usage_metadata.input_tokens, output: message.usage_metadata.output_tokens },
  }),
});

function clientOf({ at, ...chat }: ChatModel): Client {
  return {
    ...chat,
    needs: 'npm',
    async converse(wish) {
      const core = await client('@langchain/core/messages');
      const messages = begin(wish, core);
      const answers: Told[] = [];
      const tools = offers.map((offer) => ({ type: 'function', function: offer }));
      for (;;) {
        const model = await at(wish, modelOf(wish, answers.length));
        if (wish.schema !== undefined) {
          const asked = { name: 'answer', includeRaw: true, method: 'jsonSchema' };
          const structured = model.withStructuredOutput(wish.schema, asked);
          const { raw, parsed } = await structured.invoke(messages);
          return [{ ...toldOf(raw), text: JSON.stringify(parsed) }];
        }
        const message = await answerOf(wish.tools ? model.bindTools(tools) : model, messages, wish.streamed);
        answers.push(toldOf(message));
        if (message.tool_calls.length === 0 || wish.tools !== true) return answers;
        messages.push(message);
        for (const { id, name: called, args } of message.tool_calls) {
          messages.push(new core.ToolMessage({ tool_call_id: id, name: called, content: runTool(called, args) }));
        }
      }
    },
  };
}

/** LangChain, by each of its chat models. */
export const langchain: readonly Client[] = chatModels.map(clientOf);
