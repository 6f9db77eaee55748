import { type Exchange, type Loss, scrubMessage } from '@tapgate/core';
import type { SharedV3Warning, SharedV4Warning } from '@ai-sdk/provider';

type Warning = SharedV3Warning | SharedV4Warning;

/** Features without which an answer is as good. */
const hints: ReadonlySet<string> = new Set([
  'temperature',
  'topP',
  'topK',
  'seed',
  'presencePenalty',
  'frequencyPenalty',
  'reasoning',
]);

/** What a package says that it left out of a request. The rest of what it says is for the log. */
export function lossesIn(warnings: readonly Warning[] | undefined, exchange: Exchange): readonly Loss[] {
  return (warnings ?? []).flatMap((warning): readonly Loss[] => {
    if (warning.type === 'other' || warning.type === 'deprecated') {
      exchange.note(scrubMessage(warning.message));
      return [];
    }
    const [feature = ''] = warning.feature.split(/[ (]/, 1);
    const reason = scrubMessage(warning.details ?? `its package does not support "${warning.feature}"`);
    const how = warning.type === 'compatibility' ? 'approximated' : 'dropped';
    return [{ field: fieldOf(feature), how, reason, contract: how === 'dropped' && !hints.has(feature) }];
  });
}

/** As clients spell it. */
function fieldOf(feature: string): string {
  return feature.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
