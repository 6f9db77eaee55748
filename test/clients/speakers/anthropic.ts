import { client } from '../installed.ts';
import { type Client, modelOf, offers, runTool, type Told, type Wish } from '../wish.ts';

const anthropicAt = async (url: string): Promise<any> => {
  const { default: Anthropic } = await client('@anthropic-ai/sdk');
  return new Anthropic({ baseURL: url, apiKey: 'a-clients-key', maxRetries: 0 });
};

function begin({ prompt, image, document }: Wish): any[] {
  const imageSource = image?.startsWith('http')
    ? { type: 'url', url: image }
    : { type: 'base64', media_type: 'image/png', data: image };
  const files = [
    ...(image === undefined ? [] : [{ type: 'image', source: imageSource }]),
    ...(document === undefined
      ? []
      : [{ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: document } }]),
  ];
  return [{ role: 'user', content: files.length === 0 ? prompt : [...files, { type: 'text', text: prompt }] }];
}

const textOf = (content: readonly any[], type: string, member: string): string =>
  content
    .filter((block) => block.type === type)
    .map((block) => block[member])
    .join('');

/** `@anthropic-ai/sdk`. */
export const anthropicNode: Client = {
  name: 'anthropic (Node)',
  tongue: 'anthropic-messages',
  needs: 'npm',
  async models(url) {
    const ids: string[] = [];
    for await (const { id } of (await anthropicAt(url)).models.list()) ids.push(id);
    return ids;
  },
  async count(url, model, prompt) {
    const anthropic = await anthropicAt(url);
    return (await anthropic.messages.countTokens({ model, messages: [{ role: 'user', content: prompt }] }))
      .input_tokens;
  },
  async converse(wish) {
    const { messages } = await anthropicAt(wish.url);
    const said = begin(wish);
    const answers: Told[] = [];
    for (;;) {
      const asked = {
        model: modelOf(wish, answers.length),
        max_tokens: 4000,
        messages: said,
        ...(wish.system !== undefined && { system: wish.system }),
        ...(wish.tools && {
          tools: offers.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters })),
        }),
        ...(wish.thinks && { thinking: { type: 'enabled', budget_tokens: 2000 } }),
        ...(wish.schema && { output_config: { format: { type: 'json_schema', schema: wish.schema } } }),
      };
      const { content, usage } = wish.streamed
        ? await messages.stream(asked).finalMessage()
        : await messages.create(asked);
      const calls: any[] = content.filter(({ type }: any) => type === 'tool_use');
      answers.push({
        text: textOf(content, 'text', 'text'),
        thought: textOf(content, 'thinking', 'thinking'),
        calls: calls.map(({ name, input }) => ({ name, input })),
        usage: { input: usage.input_tokens, output: usage.output_tokens },
      });
      if (calls.length === 0 || wish.tools !== true) return answers;
      said.push({ role: 'assistant', content });
      const results = calls.map(({ id, name, input }) => ({
        type: 'tool_result',
        tool_use_id: id,
        content: runTool(name, input),
      }));
      said.push({ role: 'user', content: results });
    }
  },
};
