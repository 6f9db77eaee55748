import type { Capabilities, ChatRequest, Losses, Wanted } from '@tapgate/core';
import { claudeAbilities } from './claude-abilities.ts';
import { dialectName } from './dialect-name.ts';

/** What all who write a part of a request need. */
export interface Writing {
  readonly able: Capabilities;
  /** The request came in this dialect: its form is its client's business, and is given back as it came. */
  readonly own: boolean;
  readonly losses: Losses;
}

/** What a target can do: what its provider says, over what is known of the model by its name. */
export function abilitiesOf(wanted: Pick<Wanted, 'able' | 'model'>): Capabilities {
  return { ...claudeAbilities(wanted.model), ...wanted.able };
}

/** Whether a request came in this dialect. */
export function isOwn(request: ChatRequest): boolean {
  return request.ext[dialectName] !== undefined;
}

/** A capability that is a list. */
export function listOf(able: Capabilities, name: string): readonly string[] | undefined {
  const value = able[name];
  return typeof value === 'object' ? value : undefined;
}

/** A capability that is a number. */
export function numberOf(able: Capabilities, name: string): number | undefined {
  const value = able[name];
  return typeof value === 'number' ? value : undefined;
}
