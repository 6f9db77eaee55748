import type { Loss } from './dialect.ts';

/** Collects what a target does not get as it was asked. The same is told once. */
export class Losses {
  readonly #list: Map<string, Loss> = new Map();

  /** What changes what the answer means: a refusal, unless the route lets it go. */
  contract(field: string, reason: string, how: Loss['how'] = 'dropped'): void {
    this.#add({ field, how, reason, contract: true });
  }

  /** What the answer is as good without. */
  hint(field: string, reason: string, how: Loss['how'] = 'dropped'): void {
    this.#add({ field, how, reason, contract: false });
  }

  get list(): readonly Loss[] {
    return [...this.#list.values()];
  }

  #add(loss: Loss): void {
    const key = `${loss.field} ${loss.reason}`;
    if (!this.#list.has(key)) this.#list.set(key, loss);
  }
}
