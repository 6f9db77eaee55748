import { type Capabilities, type JsonObject, Losses, type Wanted } from '@tapgate/core';
import { modelAbilities } from '../model-abilities.ts';
import { CallIds } from './call-ids.ts';
import { DocumentNames } from './document-names.ts';

/** What all who write a part of a request need. */
export interface Writing {
  readonly able: Capabilities;
  readonly losses: Losses;
  readonly ids: CallIds;
  readonly names: DocumentNames;
  /** What goes to the model in its own words, beside what the API has words for. */
  readonly additional: JsonObject;
}

/** Begins a request for a target: what its provider says it can do stands over what is known of the model by its id. */
export function beginWriting(wanted: Wanted, additional: JsonObject): Writing {
  const able = { ...modelAbilities(wanted.model), ...wanted.able };
  return {
    able,
    losses: new Losses(),
    ids: new CallIds(able),
    names: new DocumentNames(),
    additional: { ...additional },
  };
}

/** A capability that is a list. */
export function listOf(able: Capabilities, name: string): readonly string[] | undefined {
  const value = able[name];
  return typeof value === 'object' ? value : undefined;
}

/** A capability that is a word. */
export function wordOf(able: Capabilities, name: string): string | undefined {
  const value = able[name];
  return typeof value === 'string' ? value : undefined;
}
