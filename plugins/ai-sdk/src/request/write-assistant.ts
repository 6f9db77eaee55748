import type { Json, Losses, Part, ReasoningPart, ToolCallPart } from '@tapgate/core';
import type { LanguageModelV4Message } from '@ai-sdk/provider';
import { metadataIn } from '../origin.ts';
import { writeFile } from './write-file.ts';
import type { Writing } from './write-prompt.ts';

type AssistantPart = Extract<LanguageModelV4Message, { role: 'assistant' }>['content'][number];

/** What the model said before, with what its package sealed. */
export function writeAssistant(
  parts: readonly Part[],
  field: string,
  writing: Writing,
): readonly LanguageModelV4Message[] {
  const content = parts.flatMap((part, at) => writePart(part, `${field}.content[${at}]`, writing));
  return content.length === 0 ? [] : [{ role: 'assistant', content }];
}

function writePart(part: Part, field: string, writing: Writing): readonly AssistantPart[] {
  const { asked, losses } = writing;
  switch (part.kind) {
    case 'text':
      return [{ type: 'text', text: part.text, ...sealed(part.seal, asked.provider) }];
    case 'refusal':
      return [{ type: 'text', text: part.text }];
    case 'reasoning':
      return writeReasoning(part, field, writing);
    case 'tool-call':
      return writeCall(part, field, writing);
    case 'media': {
      const file = writeFile(part, field, asked, losses);
      return file === undefined ? [] : [{ ...file, ...sealed(part.seal, asked.provider) }];
    }
    case 'tool-result':
    case 'opaque':
      losses.contract(field, 'the AI SDK has no such part');
      return [];
  }
}

/** Thoughts go back to whom they came from, and where nobody has signed them. */
function writeReasoning(part: ReasoningPart, field: string, { asked, losses }: Writing): readonly AssistantPart[] {
  const own = sealed(part.seal, asked.provider);
  if (part.seal !== undefined && own.providerOptions === undefined) {
    losses.hint(field, 'it is sealed for the vendor that it came from');
    return [];
  }
  const text = part.text ?? part.summary?.join('\n\n') ?? '';
  return text === '' && own.providerOptions === undefined ? [] : [{ type: 'reasoning', text, ...own }];
}

function writeCall(part: ToolCallPart, field: string, { asked, losses }: Writing): readonly AssistantPart[] {
  if (part.executedBy === 'provider') {
    losses.hint(field, 'a call that a vendor made itself is known there only');
    return [];
  }
  const { callId: toolCallId, name: toolName } = part;
  return [
    {
      type: 'tool-call',
      toolCallId,
      toolName,
      input: inputOf(part, field, losses),
      ...sealed(part.seal, asked.provider),
    },
  ];
}

/** The AI SDK takes arguments read. */
function inputOf({ argsText, custom }: ToolCallPart, field: string, losses: Losses): Json {
  if (argsText.trim() === '') return {};
  try {
    return custom === true ? argsText : (JSON.parse(argsText) as Json);
  } catch {
    losses.hint(`${field}.arguments`, 'they are no JSON, and go as a text', 'approximated');
    return argsText;
  }
}

function sealed(
  seal: ReasoningPart['seal'],
  provider: string,
): { readonly providerOptions?: NonNullable<ReturnType<typeof metadataIn>> } {
  const metadata = metadataIn(seal, provider);
  return metadata === undefined ? {} : { providerOptions: metadata };
}
