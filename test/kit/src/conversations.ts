import { bodyOf, type ChatRequest, type Dialect, type Incoming, type Part } from '@tapgate/core';
import { fixtures } from './replay.ts';

/** A conversation as a client of some dialect once had it. */
export interface RecordedConversation {
  /** `openai-chat: openai/chat-text-stream`. */
  readonly name: string;
  readonly incoming: Incoming;
  readonly request: ChatRequest;
  /** What it says in words, in names of called tools and in their results. */
  readonly words: readonly string[];
}

/**
 * The recorded conversations of these dialects, asked at these paths, that were answered and that any provider can take:
 * one that only its own vendor keeps is left out.
 */
export function recordedConversations(
  dialects: readonly (readonly [dialect: Dialect, path: RegExp])[],
): readonly RecordedConversation[] {
  return dialects.flatMap(([dialect, path]) =>
    fixtures({ dialect: dialect.name, ok: true }).flatMap(({ name, request: recorded }) => {
      const [asked = '', query = ''] = (recorded?.path ?? '').split('?', 2);
      if (recorded === undefined || !path.test(asked)) return [];
      const { headers } = recorded;
      const incoming: Incoming = { operation: 'chat', path: asked, query, headers, body: bodyOf(recorded.body) };
      const request = dialect.readRequest(incoming);
      if (request.state?.previousId !== undefined || request.state?.conversation !== undefined) return [];
      return [{ name: `${dialect.name}: ${name}`, incoming, request, words: wordsOf(request) }];
    }),
  );
}

function wordsOf({ instructions, turns }: ChatRequest): readonly string[] {
  const words = (part: Part): readonly string[] => {
    if (part.kind === 'text') return part.text.trim() === '' ? [] : [part.text];
    if (part.kind === 'tool-call' && part.executedBy === 'client') return [part.name];
    return part.kind === 'tool-result' ? part.parts.flatMap(words) : [];
  };
  return [...instructions, ...turns.flatMap(({ parts }) => parts)].flatMap(words);
}
