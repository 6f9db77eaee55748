import { asString, isArray, isObject, type Json } from '@tapgate/core';
import type { Message } from './message.ts';
import type { Writing } from './writing.ts';

/**
 * The end of a conversation as the API takes it. A last message of the assistant is the beginning of the answer: newer
 * models do not continue one, and older ones take none that ends in white space. `path` is where the client wrote it.
 *
 * @see https://platform.claude.com/docs/en/api/errors#prefill-not-supported
 */
export function lawfulEnd(messages: readonly Message[], path: string, writing: Writing): readonly Message[] {
  const last = messages.at(-1);
  if (last?.role !== 'assistant' || !isArray(last.content)) return messages;
  const before = messages.slice(0, -1);
  if (writing.able['prefill'] === false) {
    writing.losses.contract(path, 'the model does not continue an answer that was begun');
    return before;
  }
  return [...before, { ...last, content: trimmed(last.content) }];
}

function trimmed(content: readonly Json[]): readonly Json[] {
  const last = content.at(-1);
  const text = isObject(last) && last['type'] === 'text' ? asString(last['text']) : undefined;
  if (!isObject(last) || text === undefined) return content;
  const end = text.trimEnd();
  return end === '' ? content.slice(0, -1) : [...content.slice(0, -1), { ...last, text: end }];
}
