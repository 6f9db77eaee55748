import type { Capabilities, JsonObject, ToolResultPart } from '@tapgate/core';
import { ownOf, withOwn } from '../own-fields.ts';
import { toolNames } from '../tool-names.ts';
import type { Losses } from './losses.ts';
import { isMadeId } from './made-id.ts';
import { responseOf } from './read-result.ts';
import { writeMedia } from './write-media.ts';

/** A result as it is written: its part, and the pictures that must follow it in the user's own words. */
export interface WrittenResult {
  readonly part: JsonObject;
  readonly beside: readonly JsonObject[];
}

/** A result under the name of the call that it answers. */
export function writeResult(
  result: ToolResultPart,
  call: { readonly callId: string; readonly name: string },
  at: string,
  able: Capabilities,
  losses: Losses,
): WrittenResult {
  const name = toolNames.legal(call.name);
  const media = mediaOf(result, at, able, losses);
  const inside = able['toolResultMedia'] === true;
  const functionResponse: JsonObject = {
    ...(!isMadeId(call.callId) && { id: call.callId }),
    name,
    response: textOf(result),
    ...(inside && media.length > 0 && { parts: media }),
  };
  const part = withOwn({ functionResponse }, ownOf(result));
  losses.foreign(result.ext);
  if (inside || media.length === 0) return { part, beside: [] };
  losses.hint(at, 'this model takes no media in results; they follow in the next user content', 'approximated');
  return { part, beside: [{ text: `Media of the result of "${name}":` }, ...media] };
}

/** What a call gets that nobody answered: clients stop, and shorten their histories. */
export function missingResult(call: { readonly callId: string; readonly name: string }): JsonObject {
  return {
    functionResponse: {
      ...(!isMadeId(call.callId) && { id: call.callId }),
      name: toolNames.legal(call.name),
      response: { error: 'The call was interrupted; there is no result.' },
    },
  };
}

/** The texts of a result, which are one text to this API. */
export function resultText(result: ToolResultPart): string {
  return result.parts
    .flatMap((part) => (part.kind === 'text' || part.kind === 'refusal' ? [part.text] : []))
    .join('\n');
}

function textOf(result: ToolResultPart): JsonObject[string] {
  const hasText = result.parts.some((part) => part.kind === 'text' || part.kind === 'refusal');
  if (!hasText && result.isError !== true && result.parts.length > 0) return {};
  return responseOf(resultText(result), result.isError === true);
}

function mediaOf(result: ToolResultPart, at: string, able: Capabilities, losses: Losses): readonly JsonObject[] {
  return result.parts.flatMap((part, index) => {
    if (part.kind === 'text' || part.kind === 'refusal') return [];
    if (part.kind !== 'media') {
      losses.contract(`${at}.content[${index}]`, 'this API has no such part in results');
      return [];
    }
    const written = writeMedia(part, `${at}.content[${index}]`, able, losses);
    return written === undefined ? [] : [withOwn(written, ownOf(part))];
  });
}
