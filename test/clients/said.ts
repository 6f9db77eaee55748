import { readSse, type Fixture } from '@tapgate/test-kit';

/** What an answer said, whoever said it in whichever dialect. */
export interface Said {
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly input: unknown }[];
}

/** What a recording said, read by nothing of the gateway's. */
export function saidBy(fixture: Fixture): Said {
  const text = Buffer.from(fixture.bytes).toString('utf8');
  const documents: any[] = fixture.streamed
    ? readSse(text).flatMap(({ data }) => (data.startsWith('{') ? [JSON.parse(data)] : []))
    : [JSON.parse(text)].flat();
  const found = readers[fixture.dialect]?.(documents, fixture.streamed) ?? { text: '', calls: [] };
  return found;
}

type Reader = (documents: readonly any[], streamed: boolean) => Said;
const inputOf = (text: string): unknown => (text.trim() === '' ? {} : JSON.parse(text));

const readers: Readonly<Record<string, Reader>> = {
  'openai-chat': (documents, streamed) => {
    const messages = documents.flatMap(({ choices = [] }) =>
      choices
        .filter(({ index = 0 }: any) => index === 0)
        .map((choice: any) => choice[streamed ? 'delta' : 'message'] ?? {}),
    );
    const calls = new Map<number, { name: string; text: string }>();
    for (const { tool_calls: parts } of messages) {
      for (const [at, part] of (parts ?? []).entries()) {
        const index = streamed ? (part.index ?? 0) : at;
        const call = calls.get(index) ?? { name: '', text: '' };
        call.name ||= part.function?.name ?? '';
        const piece = part.function?.arguments ?? '';
        call.text += typeof piece === 'string' ? piece : JSON.stringify(piece);
        calls.set(index, call);
      }
    }
    return {
      text: messages.map(({ content }) => chatText(content)).join(''),
      calls: [...calls.values()].map(({ name, text }) => ({ name, input: inputOf(text) })),
    };
  },
  'openai-responses': (documents, streamed) => {
    const output = streamed
      ? documents.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item)
      : (documents[0].output ?? []);
    return {
      text: output
        .filter(({ type }: any) => type === 'message')
        .flatMap(({ content }: any) => content.map((part: any) => part.text ?? ''))
        .join(''),
      calls: output
        .filter(({ type }: any) => /^(function|custom_tool)_call$/.test(type))
        .map(({ name, arguments: text, input }: any) => ({
          name,
          input: input === undefined ? inputOf(text) : { input },
        })),
    };
  },
  'anthropic-messages': (documents, streamed) => {
    const blocks: any[] = streamed ? [] : (documents[0].content ?? []).map((block: any) => ({ ...block }));
    for (const { type, index, content_block: block, delta } of documents) {
      if (type === 'content_block_start') blocks[index] = { ...block, json: '' };
      if (type === 'content_block_delta' && delta.type === 'text_delta') blocks[index].text += delta.text;
      if (type === 'content_block_delta' && delta.type === 'input_json_delta') blocks[index].json += delta.partial_json;
    }
    return {
      text: blocks
        .filter(({ type }) => type === 'text')
        .map(({ text }) => text)
        .join(''),
      calls: blocks
        .filter(({ type }) => type === 'tool_use')
        .map(({ name, input, json }) => ({ name, input: streamed ? inputOf(json) : input })),
    };
  },
  'google-generate': (documents) => {
    const parts = wholeCalls(documents.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []));
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

function chatText(content: unknown): string {
  if (!Array.isArray(content)) return typeof content === 'string' ? content : '';
  return content.map((part: any) => (part.type === 'text' ? part.text : '')).join('');
}

/** Parts with calls whose arguments came in pieces put together: a piece names its place, here always a member at the top. */
export function wholeCalls(parts: readonly any[]): readonly any[] {
  const done: any[] = [];
  for (const part of parts) {
    const { name, partialArgs } = part.functionCall ?? {};
    if (
      part.functionCall === undefined ||
      (name !== undefined && partialArgs === undefined && part.functionCall.willContinue !== true)
    )
      done.push(part);
    else if (name !== undefined) done.push({ functionCall: { name, args: {} } });
    const call = done.at(-1)?.functionCall;
    for (const { jsonPath, stringValue = '' } of partialArgs ?? []) {
      const member = jsonPath.replace('$.', '');
      call.args[member] = (call.args[member] ?? '') + stringValue;
    }
  }
  return done;
}
