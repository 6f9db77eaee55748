import type { Gateway, Priced, Target, Usage } from '@tapgate/core';
import { nanosOf } from './money.ts';
import type { RateLimitOptions } from './options.ts';

const million = 1_000_000n;

/** What tokens cost: by the service `catalogue`, and where nobody knows, by what the operator has said for the unknown. */
export class Prices {
  readonly #gateway: Gateway;
  readonly #input: bigint;
  readonly #output: bigint;

  constructor(gateway: Gateway, { inputPerMillion, outputPerMillion }: RateLimitOptions['unknownPrice']) {
    this.#gateway = gateway;
    this.#input = nanosOf(inputPerMillion) ?? 0n;
    this.#output = nanosOf(outputPerMillion) ?? 0n;
  }

  /** In units of 1e-9 US dollars, rounded up. */
  of(target: Target, usage: Usage, priced?: Priced): bigint {
    const known = this.#known(target, usage, priced);
    if (known !== undefined && known !== null && known >= 0n) return known;
    const read = BigInt(usage.input + usage.cacheRead + usage.cacheWrite);
    return (read * this.#input + BigInt(usage.output) * this.#output + million - 1n) / million;
  }

  /** What fails here would keep a reservation from being settled. */
  #known(target: Target, usage: Usage, priced: Priced | undefined): bigint | null | undefined {
    try {
      return this.#gateway.service('catalogue')?.cost(target, usage, priced);
    } catch {
      return undefined;
    }
  }

  /** At the dearest of several; at the price of the unknown where there is none. */
  ofDearest(targets: readonly Target[], usage: Usage): bigint {
    const nobody: Target = { provider: '', model: '' };
    const prices = (targets.length === 0 ? [nobody] : targets).map((target) => this.of(target, usage));
    return prices.reduce((most, price) => (price > most ? price : most));
  }
}

/** Usage of so many tokens, of which nothing more is known. */
export function usageOf(input: number, output: number): Usage {
  return { input, cacheRead: 0, cacheWrite: 0, output, reasoning: 0, estimated: true };
}
