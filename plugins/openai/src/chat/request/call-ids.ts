import { createHash } from 'node:crypto';
import type { Capabilities, Part, Turn } from '@tapgate/core';
import { wordOf } from '../capabilities.ts';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Lengths to try for a replaced id: the strictest rule known wants exactly nine letters and digits. */
const lengths = [9, 24, 32, 40];

/**
 * Ids of tool calls as the target takes them. One that it does not take is replaced by a digest of itself, so that a
 * call and its result stay together and every turn has the same bytes. An empty id becomes one by its place.
 */
export class CallIds {
  readonly #pattern: RegExp | undefined;
  readonly #calls: Map<Part, string> = new Map();
  readonly #results: Map<Part, string> = new Map();

  constructor(turns: readonly Turn[], able: Capabilities) {
    this.#pattern = patternOf(wordOf(able, 'toolIdPattern'));
    this.#pair(turns);
  }

  of(part: Part): string {
    return this.#calls.get(part) ?? this.#results.get(part) ?? '';
  }

  /** Results without an id belong to the calls without one, in their order. */
  #pair(turns: readonly Turn[]): void {
    const unnamed: string[] = [];
    for (const [index, turn] of turns.entries()) {
      let count = 0;
      for (const part of turn.parts) {
        if (part.kind === 'tool-call') {
          const id = part.callId === '' ? `call_${index}_${count}` : part.callId;
          count += 1;
          if (part.callId === '') unnamed.push(id);
          this.#calls.set(part, this.#taken(id));
        } else if (part.kind === 'tool-result') {
          this.#results.set(part, this.#taken(part.callId === '' ? (unnamed.shift() ?? '') : part.callId));
        }
      }
    }
  }

  #taken(id: string): string {
    const pattern = this.#pattern;
    if (pattern === undefined || pattern.test(id)) return id;
    return lengths.map((length) => digest(id, length)).find((made) => pattern.test(made)) ?? id;
  }
}

function patternOf(source: string | undefined): RegExp | undefined {
  return source === undefined ? undefined : new RegExp(source);
}

/** Letters and digits that stand for a text: the same for the same text. */
export function digest(text: string, length: number): string {
  const bytes = createHash('sha512').update(text).digest();
  let made = '';
  for (let at = 0; at < length; at += 1) made += digits.charAt((bytes[at % bytes.length] ?? 0) % digits.length);
  return made;
}
