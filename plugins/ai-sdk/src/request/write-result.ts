import type { Part, ToolResultPart } from '@tapgate/core';
import type { LanguageModelV4ToolResultPart } from '@ai-sdk/provider';
import { writeFile } from './write-file.ts';
import type { Writing } from './write-prompt.ts';

type Output = LanguageModelV4ToolResultPart['output'];
type Item = Extract<Output, { type: 'content' }>['value'][number];

/** What a tool gave. */
export function writeResult(part: ToolResultPart, field: string, writing: Writing): LanguageModelV4ToolResultPart {
  const { callId: toolCallId, name } = part;
  const toolName = name ?? writing.names.get(toolCallId) ?? toolCallId;
  return { type: 'tool-result', toolCallId, toolName, output: outputOf(part, field, writing) };
}

function outputOf({ parts, isError = false }: ToolResultPart, field: string, writing: Writing): Output {
  if (parts.every((part) => part.kind === 'text')) {
    const value = parts.map(({ text }) => text).join('');
    return { type: isError ? 'error-text' : 'text', value };
  }
  if (isError) writing.losses.hint(`${field}.is_error`, 'the AI SDK has errors in text only');
  return { type: 'content', value: parts.flatMap((part, at) => itemOf(part, `${field}.content[${at}]`, writing)) };
}

function itemOf(part: Part, field: string, { asked, losses }: Writing): readonly Item[] {
  if (part.kind === 'text') return [{ type: 'text', text: part.text }];
  if (part.kind === 'media') {
    const file = writeFile(part, field, asked, losses);
    return file === undefined ? [] : [file];
  }
  losses.contract(field, 'the AI SDK has no such part');
  return [];
}
