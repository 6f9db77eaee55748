import type {
  LanguageModelV3CallOptions,
  LanguageModelV3Message,
  LanguageModelV3ToolResultPart,
  LanguageModelV4CallOptions,
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider';

type Item = Extract<LanguageModelV4ToolResultPart['output'], { type: 'content' }>['value'][number];
type OldOutput = LanguageModelV3ToolResultPart['output'];
type OldItem = Extract<OldOutput, { type: 'content' }>['value'][number];

/** A call in the specification's version 3, which differs in how files are written and has no word for reasoning. */
export function asV3(options: LanguageModelV4CallOptions): LanguageModelV3CallOptions {
  const { reasoning: _, prompt, ...same } = options;
  return { ...same, prompt: prompt.map((message) => messageOf(message)) };
}

function messageOf(message: LanguageModelV4Message): LanguageModelV3Message {
  if (message.role === 'system') return message;
  const content = message.content.map((part) => {
    if (part.type === 'file') return { ...part, data: dataOf(part.data) };
    return part.type === 'tool-result' ? { ...part, output: outputOf(part.output) } : part;
  });
  return { ...message, content } as LanguageModelV3Message;
}

function dataOf(data: LanguageModelV4FilePart['data']): string | Uint8Array | URL {
  switch (data.type) {
    case 'data':
      return data.data;
    case 'url':
      return data.url;
    case 'text':
      return Buffer.from(data.text).toString('base64');
    case 'reference':
      throw new TypeError('A reference to a file is never written.');
  }
}

function outputOf(output: LanguageModelV4ToolResultPart['output']): OldOutput {
  if (output.type !== 'content') return output;
  return { type: 'content', value: output.value.map((item) => itemOf(item)) };
}

function itemOf(item: Item): OldItem {
  if (item.type !== 'file') return item;
  const { mediaType } = item;
  const data = dataOf(item.data);
  const image = mediaType.startsWith('image/');
  if (data instanceof URL) return { type: image ? 'image-url' : 'file-url', url: data.href };
  const base64 = typeof data === 'string' ? data : Buffer.from(data).toString('base64');
  return { type: image ? 'image-data' : 'file-data', data: base64, mediaType };
}
