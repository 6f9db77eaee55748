import { createHash } from 'node:crypto';
import type { ChatRequest, Exchange, Part } from '@tapgate/core';
import { nameOf, sameTarget, type Target } from '@tapgate/core';
import { byKey } from './orders.ts';

const maxPins = 100_000;

/** By what a conversation is known: the session the client names, or else its first messages. */
export type AffinityBy = 'session' | 'prompt' | 'off';

interface Pin {
  readonly target: string;
  readonly until: number;
}

/** Keeps a conversation with one target, because that target's provider holds its prompt in a cache. */
export class Affinity {
  readonly #ttlMs: number;
  readonly #now: () => number;
  readonly #pins = new Map<string, Pin>();

  constructor(ttlMs: number, now: () => number = Date.now) {
    this.#ttlMs = ttlMs;
    this.#now = now;
  }

  /** The order with the conversation's target first: where it went last, or where hashing sends it, which every process agrees on. */
  order(key: string, targets: readonly Target[]): readonly Target[] {
    const pin = this.#pins.get(key);
    const pinned =
      pin === undefined || pin.until <= this.#now()
        ? undefined
        : targets.find((target) => nameOf(target) === pin.target);
    if (pinned === undefined) return byKey(targets, key);
    return [pinned, ...byKey(targets, key).filter((target) => !sameTarget(target, pinned))];
  }

  /** The conversation was served here, and should be from now on. */
  pin(key: string, target: Target): void {
    this.#pins.delete(key);
    this.#pins.set(key, { target: nameOf(target), until: this.#now() + this.#ttlMs });
    if (this.#pins.size <= maxPins) return;
    const [oldest] = this.#pins.keys();
    if (oldest !== undefined) this.#pins.delete(oldest);
  }

  close(): void {
    this.#pins.clear();
  }
}

/** The conversation's key, walled by tenant and model; nothing where it has none. */
export function conversationOf(exchange: Exchange, by: AffinityBy): string | undefined {
  const name =
    by === 'off' ? undefined : (exchange.session ?? (by === 'prompt' ? promptOf(exchange.read()) : undefined));
  return name === undefined ? undefined : JSON.stringify([exchange.caller.tenant, exchange.model, name]);
}

/** The instructions and the first user turn stay the same while a conversation grows. */
function promptOf(request: ChatRequest | undefined): string | undefined {
  if (request === undefined) return undefined;
  const hash = createHash('sha256');
  for (const part of request.instructions) hash.update(textOf(part)).update('\0');
  for (const part of request.turns.find((turn) => turn.role === 'user')?.parts ?? [])
    hash.update(textOf(part)).update('\0');
  return hash.digest('base64url');
}

function textOf(part: Part): string {
  return part.kind === 'text' ? part.text : part.kind;
}
