import { type Capabilities, type ChatRequest, Losses, type Wanted } from '@tapgate/core';
import { commandAbilities } from '../command-abilities.ts';
import { dialectName } from '../dialect-name.ts';

/** What all who write a part of a request need. */
export interface Writing {
  readonly able: Capabilities;
  /** The request came in this dialect: its form is its client's business, and is given back as it came. */
  readonly own: boolean;
  readonly losses: Losses;
}

/** Begins a request for a target: what its provider says it can do stands over what is known of the model by its name. */
export function beginWriting(request: ChatRequest, wanted: Wanted): Writing {
  return {
    able: { ...commandAbilities(wanted.model), ...wanted.able },
    own: request.ext[dialectName] !== undefined,
    losses: new Losses(),
  };
}
