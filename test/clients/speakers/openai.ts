import { client } from '../installed.ts';
import { type Client, imageUrl, modelOf, offers, parsed, runTool, type Told, type Wish } from '../wish.ts';

const openaiAt = async (url: string): Promise<any> => {
  const { default: OpenAI } = await client('openai');
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'a-clients-key', maxRetries: 0 });
};

async function models(url: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id } of (await openaiAt(url)).models.list()) ids.push(id);
  return ids;
}

function chatBegin({ system, prompt, image, document }: Wish): any[] {
  const files = [
    ...(image === undefined ? [] : [{ type: 'image_url', image_url: { url: imageUrl(image) } }]),
    ...(document === undefined
      ? []
      : [{ type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${document}` } }]),
  ];
  const content = files.length === 0 ? prompt : [{ type: 'text', text: prompt }, ...files];
  return [...(system === undefined ? [] : [{ role: 'system', content: system }]), { role: 'user', content }];
}

/** `openai` for Node, on Chat Completions. */
export const openaiChatNode: Client = {
  name: 'openai (Node), chat',
  tongue: 'openai-chat',
  needs: 'npm',
  models,
  async converse(wish) {
    const { completions } = (await openaiAt(wish.url)).chat;
    const messages = chatBegin(wish);
    const answers: Told[] = [];
    for (;;) {
      const asked = {
        model: modelOf(wish, answers.length),
        messages,
        ...(wish.tools && { tools: offers.map((offer) => ({ type: 'function', function: offer })) }),
        ...(wish.thinks && { reasoning_effort: 'medium' }),
        ...(wish.schema && {
          response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: wish.schema } },
        }),
      };
      const { choices, usage, thought } = wish.streamed
        ? await streamedChat(completions, asked)
        : await completions.create(asked);
      const { message } = choices[0];
      const calls: any[] = message.tool_calls ?? [];
      answers.push({
        text: message.content ?? '',
        thought: thought ?? message.reasoning_content ?? '',
        calls: calls.map(({ function: called, custom }) =>
          custom === undefined
            ? { name: called.name, input: parsed(called.arguments) }
            : { name: custom.name, input: { input: custom.input } },
        ),
        ...(usage && { usage: { input: usage.prompt_tokens, output: usage.completion_tokens } }),
      });
      if (calls.length === 0 || wish.tools !== true) return answers;
      messages.push(message);
      for (const { id, function: called } of calls) {
        const content = runTool(called.name, parsed(called.arguments));
        messages.push({ role: 'tool', tool_call_id: id, content });
      }
    }
  },
};

/** Of members that it does not know the client keeps the last piece alone: whoever wants the thinking takes it as it comes. */
async function streamedChat(completions: any, asked: object): Promise<any> {
  const stream = completions.stream({ ...asked, stream_options: { include_usage: true } });
  let thought = '';
  stream.on('chunk', ({ choices }: any) => (thought += choices[0]?.delta.reasoning_content ?? ''));
  return { ...(await stream.finalChatCompletion()), thought };
}

function responsesBegin({ prompt, image, document }: Wish): any[] {
  const files = [
    ...(image === undefined ? [] : [{ type: 'input_image', image_url: imageUrl(image), detail: 'auto' }]),
    ...(document === undefined
      ? []
      : [{ type: 'input_file', filename: 'a.pdf', file_data: `data:application/pdf;base64,${document}` }]),
  ];
  return [{ role: 'user', content: files.length === 0 ? prompt : [{ type: 'input_text', text: prompt }, ...files] }];
}

/** `openai` for Node, on Responses, keeping the conversation itself. */
export const openaiResponsesNode: Client = {
  name: 'openai (Node), responses',
  tongue: 'openai-responses',
  needs: 'npm',
  async converse(wish) {
    const openai = await openaiAt(wish.url);
    const input = responsesBegin(wish);
    const answers: Told[] = [];
    for (;;) {
      const asked = {
        model: modelOf(wish, answers.length),
        input,
        store: false,
        ...(wish.system !== undefined && { instructions: wish.system }),
        ...(wish.tools && { tools: offers.map((offer) => ({ type: 'function', strict: true, ...offer })) }),
        ...(wish.thinks && {
          reasoning: { effort: 'medium', summary: 'auto' },
          include: ['reasoning.encrypted_content'],
        }),
        ...(wish.schema && {
          text: { format: { type: 'json_schema', name: 'answer', strict: true, schema: wish.schema } },
        }),
      };
      const response = wish.streamed
        ? await openai.responses.stream(asked).finalResponse()
        : await openai.responses.create(asked);
      if (response.status === 'failed') throw new Error(response.error.message);
      const calls: any[] = response.output.filter(({ type }: any) => /^(function|custom_tool)_call$/.test(type));
      answers.push({
        text: response.output_text,
        thought: response.output
          .filter(({ type }: any) => type === 'reasoning')
          .flatMap(({ summary, content }: any) => (content?.length > 0 ? content : summary))
          .map(({ text }: any) => text)
          .join(''),
        calls: calls.map(({ name, arguments: text, input: free }) => ({
          name,
          input: free === undefined ? parsed(text) : { input: free },
        })),
        ...(response.usage && {
          usage: { input: response.usage.input_tokens, output: response.usage.output_tokens },
        }),
      });
      if (calls.length === 0 || wish.tools !== true) return answers;
      input.push(...response.output);
      for (const { call_id: id, name, arguments: text } of calls) {
        input.push({ type: 'function_call_output', call_id: id, output: runTool(name, parsed(text)) });
      }
    }
  },
};
