import { createHash } from 'node:crypto';
import type { Capabilities } from '@tapgate/core';

/** A call, by the client's id and by the id that the target knows it by. */
export interface WireCall {
  readonly callId: string;
  readonly id: string;
  readonly name: string;
}

/** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html */
const legal = /^[a-zA-Z0-9_.:-]{1,64}$/;
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Lengths to try for a replaced id: the strictest rule known wants exactly nine letters and digits. */
const lengths = [9, 24, 32];

/**
 * Gives the calls of one conversation ids that the target takes: legal, and each only once. One that is not is replaced by
 * a digest of itself, so that every turn has the same bytes.
 */
export class CallIds {
  readonly #pattern: RegExp;
  readonly #taken = new Set<string>();

  constructor(able: Capabilities) {
    const pattern = able['toolIdPattern'];
    this.#pattern = typeof pattern === 'string' ? new RegExp(pattern) : legal;
  }

  /** The id for a call; `path` stands in for one that the client left empty. */
  take(callId: string, path: string): string {
    let id = this.#lawful(callId === '' ? path : callId, callId !== '');
    for (let again = 2; this.#taken.has(id); again += 1) id = this.#lawful(`${callId || path} ${again}`, false);
    this.#taken.add(id);
    return id;
  }

  #lawful(id: string, asItIs: boolean): string {
    if (asItIs && this.#pattern.test(id)) return id;
    return lengths.map((length) => digest(id, length)).find((made) => this.#pattern.test(made)) ?? digest(id, 32);
  }
}

/** Letters and digits that stand for a text: the same for the same text. */
function digest(text: string, length: number): string {
  const bytes = createHash('sha512').update(text).digest();
  let made = '';
  for (let at = 0; at < length; at += 1) made += digits.charAt((bytes[at] ?? 0) % digits.length);
  return made;
}
