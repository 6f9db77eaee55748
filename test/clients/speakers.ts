import { client } from './installed.ts';
import { type Said, wholeCalls } from './said.ts';

/** What a client is asked to do. */
export interface Wish {
  readonly url: string;
  readonly model: string;
  readonly streamed: boolean;
}

/** An official client in one dialect: asks once, and throws as the client does. */
export interface Speaker {
  readonly name: string;
  readonly ask: (wish: Wish) => Promise<Said>;
}

const prompt = 'Hello there!';
const parsed = (text: string): unknown => (text.trim() === '' ? {} : JSON.parse(text));

const openaiOf = async (url: string): Promise<any> => {
  const { default: OpenAI } = await client('openai');
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'a-clients-key', maxRetries: 0 });
};

const chat: Speaker = {
  name: 'openai chat.completions',
  async ask({ url, model, streamed }) {
    const { chat: api } = await openaiOf(url);
    const asked = { model, messages: [{ role: 'user', content: prompt }] };
    const { choices } = streamed
      ? await api.completions.stream(asked).finalChatCompletion()
      : await api.completions.create(asked);
    const { content, tool_calls: calls } = choices[0].message;
    return {
      text: content ?? '',
      calls: (calls ?? []).map(({ function: called, custom }: any) =>
        custom === undefined
          ? { name: called.name, input: parsed(called.arguments) }
          : { name: custom.name, input: { input: custom.input } },
      ),
    };
  },
};

const responses: Speaker = {
  name: 'openai responses',
  async ask({ url, model, streamed }) {
    const openai = await openaiOf(url);
    const asked = { model, input: prompt };
    const response = streamed
      ? await openai.responses.stream(asked).finalResponse()
      : await openai.responses.create(asked);
    if (response.status === 'failed') throw new Error(response.error.message);
    return {
      text: response.output_text,
      calls: response.output
        .filter(({ type }: any) => /^(function|custom_tool)_call$/.test(type))
        .map(({ name, arguments: text, input }: any) => ({
          name,
          input: input === undefined ? parsed(text) : { input },
        })),
    };
  },
};

const messages: Speaker = {
  name: 'anthropic messages',
  async ask({ url, model, streamed }) {
    const { default: Anthropic } = await client('@anthropic-ai/sdk');
    const anthropic = new Anthropic({ baseURL: url, apiKey: 'a-clients-key', maxRetries: 0 });
    const asked = { model, max_tokens: 1000, messages: [{ role: 'user', content: prompt }] };
    const { content } = streamed
      ? await anthropic.messages.stream(asked).finalMessage()
      : await anthropic.messages.create(asked);
    return {
      text: content
        .filter(({ type }: any) => type === 'text')
        .map(({ text }: any) => text)
        .join(''),
      calls: content.filter(({ type }: any) => type === 'tool_use').map(({ name, input }: any) => ({ name, input })),
    };
  },
};

const generate: Speaker = {
  name: 'google generateContent',
  async ask({ url, model, streamed }) {
    const { GoogleGenAI } = await client('@google/genai');
    const { models } = new GoogleGenAI({ apiKey: 'a-clients-key', httpOptions: { baseUrl: url } });
    const asked = { model, contents: prompt };
    const answers = [];
    if (streamed) for await (const piece of await models.generateContentStream(asked)) answers.push(piece);
    else answers.push(await models.generateContent(asked));
    const parts = wholeCalls(answers.flatMap(({ candidates }: any) => candidates?.[0]?.content?.parts ?? []));
    return {
      text: parts
        .filter(({ thought }) => thought !== true)
        .map(({ text }) => text ?? '')
        .join(''),
      calls: parts
        .filter(({ functionCall }) => functionCall !== undefined)
        .map(({ functionCall: { name, args } }) => ({ name, input: args ?? {} })),
    };
  },
};

/** One official client for each dialect that clients speak. */
export const speakers: readonly Speaker[] = [chat, responses, messages, generate];
