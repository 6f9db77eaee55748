import { client } from '../installed.ts';
import { wholeCalls } from '../said.ts';
import { type Client, modelOf, offers, runTool, type Told, type Wish } from '../wish.ts';

const googleAt = async (url: string): Promise<any> => {
  const { GoogleGenAI } = await client('@google/genai');
  return new GoogleGenAI({ apiKey: 'a-clients-key', httpOptions: { baseUrl: url } });
};

function begin({ prompt, image, document }: Wish): any[] {
  const picture = image?.startsWith('http')
    ? { fileData: { fileUri: image, mimeType: 'image/png' } }
    : { inlineData: { data: image, mimeType: 'image/png' } };
  return [
    {
      role: 'user',
      parts: [
        ...(image === undefined ? [] : [picture]),
        ...(document === undefined ? [] : [{ inlineData: { data: document, mimeType: 'application/pdf' } }]),
        { text: prompt },
      ],
    },
  ];
}

const textOf = (parts: readonly any[], thought: boolean): string =>
  parts
    .filter((part) => (part.thought === true) === thought)
    .map(({ text }) => text ?? '')
    .join('');

/** `@google/genai`. */
export const googleNode: Client = {
  name: 'google-genai (Node)',
  tongue: 'google-generate',
  needs: 'npm',
  async models(url) {
    const names: string[] = [];
    for await (const { name } of await (await googleAt(url)).models.list()) names.push(name.replace('models/', ''));
    return names;
  },
  async count(url, model, prompt) {
    return (await (await googleAt(url)).models.countTokens({ model, contents: prompt })).totalTokens;
  },
  async converse(wish) {
    const { models } = await googleAt(wish.url);
    const contents = begin(wish);
    const answers: Told[] = [];
    const config = {
      ...(wish.system !== undefined && { systemInstruction: wish.system }),
      ...(wish.tools && {
        tools: [
          {
            functionDeclarations: offers.map(({ name, description, parameters }) => ({
              name,
              description,
              parametersJsonSchema: parameters,
            })),
          },
        ],
      }),
      ...(wish.thinks && { thinkingConfig: { includeThoughts: true, thinkingLevel: 'LOW' } }),
      ...(wish.schema && { responseMimeType: 'application/json', responseJsonSchema: wish.schema }),
    };
    for (;;) {
      const asked = { model: modelOf(wish, answers.length), contents, config };
      const pieces: any[] = [];
      if (wish.streamed) for await (const piece of await models.generateContentStream(asked)) pieces.push(piece);
      else pieces.push(await models.generateContent(asked));
      const said = pieces.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
      const parts = wholeCalls(said);
      const calls = parts.flatMap(({ functionCall }) => functionCall ?? []);
      const usage = pieces.at(-1)?.usageMetadata;
      answers.push({
        text: textOf(parts, false),
        thought: textOf(parts, true),
        calls: calls.map(({ name, args }) => ({ name, input: args ?? {} })),
        ...(usage && { usage: { input: usage.promptTokenCount, output: usage.candidatesTokenCount } }),
      });
      if (calls.length === 0 || wish.tools !== true) return answers;
      contents.push({ role: 'model', parts: said });
      contents.push({
        role: 'user',
        parts: calls.map(({ id, name, args }) => ({
          functionResponse: { id, name, response: { output: runTool(name, args ?? {}) } },
        })),
      });
    }
  },
};
