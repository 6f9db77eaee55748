import { type RecordedRequest, reply, step } from '@tapgate/test-kit';
import { eventFrame } from './event-stream.ts';
import { shapeFaults } from './specification.ts';
import { cost, type Heard, piecesOf, textIn, type Vendor, type Word } from './vendor.ts';

const described = shapeFaults('bedrock-runtime.service.json', 'ConverseRequest');

/** What the API refuses beyond its description: turns alternate, and a user begins and ends. */
function faults(body: any): readonly string[] {
  return [
    ...described(body),
    ...body.messages.flatMap(({ role, content }: any, at: number) => [
      ...(role === (at % 2 === 0 ? 'user' : 'assistant') ? [] : [`messages.${at}: roles must alternate`]),
      ...(content.length > 0 ? [] : [`messages.${at}: content is empty`]),
      ...(content.some(({ text }: any) => text?.trim() === '') ? [`messages.${at}: a text is blank`] : []),
      ...(content.some(({ document }: any) => document) && !content.some(({ text }: any) => text)
        ? [`messages.${at}: a document stands with a text`]
        : []),
    ]),
    ...(body.messages.length % 2 === 1 ? [] : ['the last message is not the user’s']),
    ...(body.toolConfig === undefined && JSON.stringify(body.messages).includes('"toolUse"')
      ? ['calls need a toolConfig']
      : []),
  ];
}

function heardIn({ role, content }: any): readonly Heard[] {
  return content.flatMap((block: any): readonly Heard[] => {
    const { text, image, document, toolUse, toolResult, reasoningContent: reasoning } = block;
    if (text !== undefined) return [{ by: role, text }];
    if (image !== undefined) return [{ image: image.source.bytes }];
    if (document !== undefined) return [{ document: document.source.bytes }];
    if (toolUse !== undefined) return [{ call: toolUse.name, id: toolUse.toolUseId, input: toolUse.input }];
    if (toolResult !== undefined) {
      const shown = toolResult.content.find((one: any) => one.image !== undefined)?.image.source.bytes;
      const said = toolResult.content.map(
        (one: any) => one.text ?? (one.json === undefined ? '' : JSON.stringify(one.json)),
      );
      return [{ result: toolResult.toolUseId, text: said.join(''), ...(shown && { image: shown }) }];
    }
    if (reasoning?.reasoningText !== undefined) {
      const { text: thought, signature: seal } = reasoning.reasoningText;
      return [{ thought, ...(seal && { seal }) }];
    }
    if (reasoning !== undefined) return [{ thought: '', seal: reasoning.redactedContent }];
    if (block.cachePoint !== undefined) return [];
    throw new Error(`no block has ${Object.keys(block).join()}`);
  });
}

const blockOf = (word: Word): object => {
  if ('text' in word) return { text: word.text };
  if ('call' in word) return { toolUse: { toolUseId: word.id, name: word.call, input: word.input } };
  return { reasoningContent: { reasoningText: { text: word.thought, ...(word.seal && { signature: word.seal }) } } };
};
const usage = { inputTokens: cost.input, outputTokens: cost.output, totalTokens: cost.input + cost.output };
const metrics = { latencyMs: 1 };
const stopOf = (words: readonly Word[]): string => (words.some((word) => 'call' in word) ? 'tool_use' : 'end_turn');

function framesOf(word: Word, at: number): readonly Uint8Array[] {
  const place = { contentBlockIndex: at };
  const delta = (of: object): Uint8Array => eventFrame('contentBlockDelta', { ...place, delta: of });
  const stop = eventFrame('contentBlockStop', place);
  if ('text' in word) return [...piecesOf(word.text).map((text) => delta({ text })), stop];
  if ('call' in word) {
    const start = { toolUse: { toolUseId: word.id, name: word.call } };
    const pieces = piecesOf(JSON.stringify(word.input)).map((input) => delta({ toolUse: { input } }));
    return [eventFrame('contentBlockStart', { ...place, start }), ...pieces, stop];
  }
  const pieces = piecesOf(word.thought).map((text) => delta({ reasoningContent: { text } }));
  const sealed = word.seal === undefined ? [] : [delta({ reasoningContent: { signature: word.seal } })];
  return [...pieces, ...sealed, stop];
}

function stream(words: readonly Word[], ends: boolean): readonly Uint8Array[] {
  const begin = [eventFrame('messageStart', { role: 'assistant' }), ...words.flatMap(framesOf)];
  if (!ends) return begin.slice(0, -1);
  return [
    ...begin,
    eventFrame('messageStop', { stopReason: stopOf(words) }),
    eventFrame('metadata', { usage, metrics }),
  ];
}

const head = step.head(200, { 'content-type': 'application/vnd.amazon.eventstream' });
const isStreamed = ({ path }: RecordedRequest): boolean => path.endsWith('/converse-stream');

/** The Converse API, of a model that seals its thinking. */
export const bedrockConverse: Vendor = {
  dialect: 'bedrock-converse',
  model: 'eu.anthropic.claude-sonnet-4-6',
  seals: true,
  takes: { imageUrls: false, images: true, documents: true },
  faults,
  understand(request) {
    const {
      system = [],
      messages,
      toolConfig,
      outputConfig,
      additionalModelRequestFields: more = {},
    }: any = request.json();
    const heard = messages.flatMap(heardIn);
    const schema = outputConfig?.textFormat?.structure?.jsonSchema?.schema;
    return {
      streamed: isStreamed(request),
      instructions: textIn(system),
      heard,
      tools: (toolConfig?.tools ?? []).flatMap(({ toolSpec }: any) =>
        toolSpec === undefined ? [] : [{ name: toolSpec.name, parameters: toolSpec.inputSchema.json }],
      ),
      schema: schema === undefined ? undefined : JSON.parse(schema),
      thinks: (more.thinking ?? { type: 'disabled' }).type !== 'disabled',
      seals: heard.flatMap((one: Heard) => ('thought' in one && one.seal !== undefined ? [one.seal] : [])),
    };
  },
  say(words, request) {
    if (isStreamed(request)) return [head, ...stream(words, true).map((frame) => step.write(frame))];
    const message = { role: 'assistant', content: words.map(blockOf) };
    return reply.json(200, { output: { message }, stopReason: stopOf(words), usage, metrics });
  },
  breakOff: (words) => [head, ...stream(words, false).map((frame) => step.write(frame))],
  fail: (status, message) => {
    const types: Readonly<Record<number, string>> = {
      400: 'ValidationException',
      401: 'UnrecognizedClientException',
      429: 'ThrottlingException',
    };
    return reply.json(status, { message }, { 'x-amzn-errortype': types[status] ?? 'InternalServerException' });
  },
};
