import { asBuffer } from './json/as-buffer.ts';
import { replaceStrings, type StringPlace } from './json/replace-strings.ts';
import type { Origin, Seal } from './canonical/request.ts';

/** Where a seal stands in an answer of a dialect. */
export interface SealPlace extends StringPlace {
  readonly form: Seal['form'];
  /** Whose seals stand there, where it is another dialect than the answer's. */
  readonly dialect?: string;
}

/** Where a dialect has opaque state of its vendor's, so that it goes back to whom it came from and to no one else. */
export interface SealPlaces {
  /** Every place in answers, whole and streamed. */
  readonly answers: readonly SealPlace[];
  /** What a request with such state is known by: the names of members as they stand in JSON, quotes included. */
  readonly members: readonly string[];
  /** What a request is known by that gives back a tagged seal. */
  readonly tag: string;
  /** Operations whose requests hold such state and can be read and written; absent: those that are translated. */
  readonly operations?: readonly string[];
  /** A seal as a text in this dialect's places, which tells when it comes back whose it is. */
  tagged(seal: Seal): string;
}

/** The bytes of an event or a document, with every seal in them tagged as `origin`'s; the very bytes where there is none. */
export function tagSealsIn(bytes: Uint8Array, places: SealPlaces, origin: Origin): Uint8Array {
  const buffer = asBuffer(bytes);
  if (!places.members.some((member) => buffer.includes(member))) return bytes;
  const text = buffer.toString('utf8');
  const changed = replaceStrings(text, places.answers, (value, { form, dialect = origin.dialect }) =>
    value === '' ? undefined : places.tagged({ origin: { ...origin, dialect }, form, value }),
  );
  return changed === text ? bytes : Buffer.from(changed);
}
