import { client } from './installed.ts';

/** What the tool `weather` says. */
export const weatherIn = (city: string): string => `sunny in ${city}`;

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const description = 'The weather in a city.';
const prompt = 'What is the weather?';

/** Asks until the model calls no tool any more, each time with the client's own words of what was said; gives the last text. */
export type ToolLoop = (url: string, streamed: boolean) => Promise<string>;

const chat: ToolLoop = async (url, streamed) => {
  const { default: OpenAI } = await client('openai');
  const { completions } = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'k', maxRetries: 0 }).chat;
  const tools = [{ type: 'function', function: { name: 'weather', description, parameters } }];
  const messages: any[] = [{ role: 'user', content: prompt }];
  for (;;) {
    const asked = { model: 'm', messages, tools };
    const answer = streamed ? await completions.stream(asked).finalChatCompletion() : await completions.create(asked);
    const { message } = answer.choices[0];
    messages.push(message);
    if (!(message.tool_calls?.length > 0)) return message.content;
    for (const { id, function: called } of message.tool_calls) {
      messages.push({ role: 'tool', tool_call_id: id, content: weatherIn(JSON.parse(called.arguments).city) });
    }
  }
};

const responses: ToolLoop = async (url, streamed) => {
  const { default: OpenAI } = await client('openai');
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'k', maxRetries: 0 });
  const tools = [{ type: 'function', name: 'weather', description, parameters, strict: false }];
  const input: any[] = [{ role: 'user', content: prompt }];
  for (;;) {
    const asked = { model: 'm', input, tools, store: false };
    const answer = streamed
      ? await openai.responses.stream(asked).finalResponse()
      : await openai.responses.create(asked);
    input.push(...answer.output);
    const calls = answer.output.filter(({ type }: any) => type === 'function_call');
    if (calls.length === 0) return answer.output_text;
    for (const { call_id: id, arguments: text } of calls) {
      input.push({ type: 'function_call_output', call_id: id, output: weatherIn(JSON.parse(text).city) });
    }
  }
};

const messages: ToolLoop = async (url, streamed) => {
  const { default: Anthropic } = await client('@anthropic-ai/sdk');
  const anthropic = new Anthropic({ baseURL: url, apiKey: 'k', maxRetries: 0 });
  const tools = [{ name: 'weather', description, input_schema: parameters }];
  const said: any[] = [{ role: 'user', content: prompt }];
  for (;;) {
    const asked = { model: 'm', max_tokens: 1000, messages: said, tools };
    const { content } = streamed
      ? await anthropic.messages.stream(asked).finalMessage()
      : await anthropic.messages.create(asked);
    said.push({ role: 'assistant', content });
    const calls = content.filter(({ type }: any) => type === 'tool_use');
    if (calls.length === 0) return content.map(({ text }: any) => text ?? '').join('');
    said.push({
      role: 'user',
      content: calls.map(({ id, input }: any) => ({
        type: 'tool_result',
        tool_use_id: id,
        content: weatherIn(input.city),
      })),
    });
  }
};

const generate: ToolLoop = async (url, streamed) => {
  const { GoogleGenAI } = await client('@google/genai');
  const { models } = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: url } });
  const config = {
    tools: [{ functionDeclarations: [{ name: 'weather', description, parametersJsonSchema: parameters }] }],
  };
  const contents: any[] = [{ role: 'user', parts: [{ text: prompt }] }];
  for (;;) {
    const asked = { model: 'm', contents, config };
    const parts: any[] = [];
    if (streamed) {
      for await (const piece of await models.generateContentStream(asked)) {
        parts.push(...(piece.candidates?.[0]?.content?.parts ?? []));
      }
    } else parts.push(...(await models.generateContent(asked)).candidates[0].content.parts);
    contents.push({ role: 'model', parts });
    const calls = parts.flatMap(({ functionCall }) => functionCall ?? []);
    if (calls.length === 0) return parts.map(({ text }) => text ?? '').join('');
    contents.push({
      role: 'user',
      parts: calls.map(({ id, name, args }) => ({
        functionResponse: { id, name, response: { output: weatherIn(args.city) } },
      })),
    });
  }
};

/** The loop of one official client for each dialect that clients speak. */
export const toolLoops: Readonly<Record<string, ToolLoop>> = {
  'openai chat.completions': chat,
  'openai responses': responses,
  'anthropic messages': messages,
  'google generateContent': generate,
};
