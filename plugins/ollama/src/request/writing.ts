import { type Capabilities, type ChatRequest, Losses, type Wanted } from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';

/** What all who write a part of a request need. */
export interface Writing {
  readonly able: Capabilities;
  /** The request came in this dialect: its form is its client's business, and is given back as it came. */
  readonly own: boolean;
  readonly losses: Losses;
}

/** Begins a request for a target. */
export function beginWriting(request: ChatRequest, { able }: Wanted): Writing {
  return { able, own: request.ext[dialectName] !== undefined, losses: new Losses() };
}
