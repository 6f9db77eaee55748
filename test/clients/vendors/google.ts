import { type RecordedRequest, reply } from '@tapgate/test-kit';
import { discoveryFaults } from './specification.ts';
import { cost, type Heard, piecesOf, textIn, type Vendor, type Word } from './vendor.ts';

const described = discoveryFaults('gemini-vertex.discovery.json', 'GenerateContentRequest');

/** A model of the third generation refuses the first call of a step that has no signature, and turns that do not alternate. */
function faults(body: any): readonly string[] {
  const { contents } = body;
  return [
    ...described(body),
    ...contents.flatMap(({ role, parts }: any, at: number) => {
      const first = parts.find(({ functionCall }: any) => functionCall !== undefined);
      const unsigned = role === 'model' && first !== undefined && first.thoughtSignature === undefined;
      const calls = parts.filter(({ functionCall }: any) => functionCall !== undefined).length;
      const results = (contents[at + 1]?.parts ?? []).filter((part: any) => part.functionResponse !== undefined).length;
      return [
        ...(unsigned ? [`contents[${at}]: function call is missing a thought_signature`] : []),
        ...(calls === results || calls === 0 ? [] : [`contents[${at}]: ${calls} calls and ${results} results`]),
        ...(parts.length === 0 ? [`contents[${at}].parts is empty`] : []),
      ];
    }),
  ];
}

/** Calls and results have the ids they were given, or those of their places. */
function heardIn(contents: readonly any[]): readonly Heard[] {
  let calls = 0;
  let results = 0;
  return contents.flatMap(({ role = 'user', parts }) =>
    parts.map((part: any): Heard => {
      const {
        text,
        thought,
        thoughtSignature: seal,
        inlineData,
        fileData,
        functionCall: call,
        functionResponse,
      } = part;
      if (call !== undefined) return { call: call.name, id: call.id ?? `#${calls++}`, input: call.args ?? {} };
      if (functionResponse !== undefined) {
        const { id = `#${results++}`, response, parts: more = [] } = functionResponse;
        const image = more[0]?.inlineData?.data;
        return { result: id, text: resultIn(response), ...(image && { image }) };
      }
      const file = inlineData ?? fileData;
      if (file !== undefined) {
        // Its Python client writes names and base64 in the other way that this API takes.
        const data = file.data?.replaceAll('-', '+').replaceAll('_', '/') ?? file.fileUri ?? file.file_uri;
        return (file.mimeType ?? file.mime_type) === 'application/pdf' ? { document: data } : { image: data };
      }
      if (thought === true) return { thought: text, ...(seal && { seal }) };
      return { by: role === 'model' ? 'assistant' : 'user', text };
    }),
  );
}

/** What a function says stands in `output`, or is the whole. */
const resultIn = (response: any): string =>
  typeof response.output === 'string' ? response.output : JSON.stringify(response);

const partOf = (word: Word): object => {
  if ('text' in word) return { text: word.text };
  if ('thought' in word) return { text: word.thought, thought: true };
  const signed = word.seal === undefined ? {} : { thoughtSignature: word.seal };
  return { functionCall: { id: word.id, name: word.call, args: word.input }, ...signed };
};

const usageMetadata = {
  promptTokenCount: cost.input,
  candidatesTokenCount: cost.output,
  totalTokenCount: cost.input + cost.output,
};
const frame = { modelVersion: 'real', responseId: 'r1', usageMetadata };
const content = (parts: readonly object[]): object => ({ role: 'model', parts });

function stream(words: readonly Word[], ends: boolean): string {
  const parts = words.flatMap((word) => {
    if ('call' in word) return [partOf(word)];
    return piecesOf('text' in word ? word.text : word.thought).map((text) => ({ ...partOf(word), text }));
  });
  const frames = parts.map((part) => ({ candidates: [{ index: 0, content: content([part]) }], ...frame }));
  const last = { candidates: [{ index: 0, content: content([{ text: '' }]), finishReason: 'STOP' }], ...frame };
  return [...frames, ...(ends ? [last] : [])].map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`).join('');
}

const isStreamed = ({ path }: RecordedRequest): boolean => path.includes(':streamGenerateContent');

/** The API of Gemini. */
export const googleGenerate: Vendor = {
  dialect: 'google-generate',
  model: 'gemini-3.1-pro-preview',
  seals: true,
  takes: { imageUrls: true, images: true, documents: true },
  faults,
  understand(request) {
    const { contents, systemInstruction, tools = [], generationConfig: settings = {} }: any = request.json();
    const parts: any[] = contents.flatMap((one: any) => one.parts);
    return {
      streamed: isStreamed(request),
      instructions: textIn(systemInstruction?.parts),
      heard: heardIn(contents),
      tools: tools
        .flatMap(({ functionDeclarations = [] }: any) => functionDeclarations)
        .map((tool: any) => ({
          name: tool.name,
          parameters: tool.parametersJsonSchema ?? tool.parameters_json_schema ?? tool.parameters,
        })),
      schema: settings.responseJsonSchema ?? settings.responseSchema,
      thinks: settings.thinkingConfig !== undefined,
      seals: parts.flatMap(({ thoughtSignature: seal }) =>
        seal === undefined || seal === 'skip_thought_signature_validator' ? [] : [seal],
      ),
    };
  },
  say(words, request) {
    if (isStreamed(request)) return reply.sse(stream(words, true));
    const candidate = { index: 0, content: content(words.map(partOf)), finishReason: 'STOP' };
    return reply.json(200, { candidates: [candidate], ...frame });
  },
  breakOff: (words) => reply.sse(stream(words, false)),
  fail: (status, message) => {
    const names: Readonly<Record<number, string>> = {
      400: 'INVALID_ARGUMENT',
      401: 'UNAUTHENTICATED',
      429: 'RESOURCE_EXHAUSTED',
    };
    return reply.json(status, { error: { code: status, message, status: names[status] ?? 'INTERNAL' } });
  },
};
