import type { Exchange, Gateway, Target } from '@tapgate/core';
import { estimateInput, type InputEstimate, noInput } from './estimate-input.ts';
import type { What } from './amount.ts';
import { readsInput, writesText } from './operations.ts';
import type { RateLimitOptions } from './options.ts';
import { type Prices, usageOf } from './prices.ts';

/** What is reserved of an amount, and how much of it is certain enough to refuse for good. */
export interface Reserve {
  readonly amount: bigint;
  /** What it takes at least, as far as the client has said so itself. */
  readonly least: bigint;
}

/** What an exchange may use at worst. Nothing is looked at before a limit asks for it. */
export class Expectation {
  readonly #exchange: Exchange;
  readonly #gateway: Gateway;
  readonly #options: RateLimitOptions;
  readonly #prices: Prices;
  #input: InputEstimate | undefined;
  #output: number | undefined;
  #targets: readonly Target[] | undefined;

  constructor(exchange: Exchange, gateway: Gateway, options: RateLimitOptions, prices: Prices) {
    this.#exchange = exchange;
    this.#gateway = gateway;
    this.#options = options;
    this.#prices = prices;
  }

  get input(): InputEstimate {
    if (this.#input === undefined) {
      const { body, headers, operation, method } = this.#exchange;
      this.#input = readsInput(operation, method) ? estimateInput(body, headers.get('content-type')) : noInput;
    }
    return this.#input;
  }

  /** The client sees the answer while it is written. */
  get streamed(): boolean {
    return this.#exchange.streamed;
  }

  /** The client has named a maximum: that much may come, and is not only assumed. */
  get stated(): boolean {
    return this.#exchange.maxOutputTokens !== undefined;
  }

  /** Tokens of all answers together. */
  get output(): number {
    this.#output ??= this.#worstOutput();
    return this.#output;
  }

  /** Whether its answer is text. */
  get writes(): boolean {
    return writesText(this.#exchange.operation);
  }

  /** How much of one thing to reserve; `target` is where an attempt goes. */
  reserve(what: What, target?: Target): Reserve {
    switch (what) {
      case 'requests':
      case 'concurrent':
        return one;
      case 'inputTokens':
        return { amount: BigInt(this.input.most), least: BigInt(this.#leastInput) };
      case 'outputTokens':
        return { amount: BigInt(this.output), least: BigInt(this.#leastOutput) };
      case 'tokens':
        return {
          amount: BigInt(this.input.most + this.output),
          least: BigInt(this.#leastInput + this.#leastOutput),
        };
      case 'cost':
        return {
          amount: this.#price(this.input.most, this.output, target),
          least: this.#price(this.#leastInput, this.#leastOutput, target),
        };
    }
  }

  /** An estimate may be twice too high, and must not shut anybody out for ever. */
  get #leastInput(): number {
    return Math.floor(this.input.most / 2);
  }

  get #leastOutput(): number {
    return this.stated ? this.output : 0;
  }

  #price(input: number, output: number, target: Target | undefined): bigint {
    const targets = target === undefined ? this.#known : [target];
    return this.#prices.ofDearest(targets, usageOf(input, output));
  }

  #worstOutput(): number {
    const { maxOutputTokens, choices } = this.#exchange;
    const { assumedOutputTokens, maxReservedOutputTokens = Number.MAX_SAFE_INTEGER } = this.#options;
    if (maxOutputTokens === undefined && !this.writes) return 0;
    const stated = maxOutputTokens === undefined ? assumedOutputTokens : Math.min(maxOutputTokens, this.#able());
    return Math.min(Math.min(stated, maxReservedOutputTokens) * choices, Number.MAX_SAFE_INTEGER);
  }

  /** The most that any target of the model can write; no bound where one is not known. */
  #able(): number {
    const most = this.#known.map((target) => this.#gateway.capabilities(target)['maxOutputTokens']);
    const numbers = most.filter((limit) => typeof limit === 'number');
    return numbers.length === 0 || numbers.length < most.length ? Number.MAX_SAFE_INTEGER : Math.max(...numbers);
  }

  /** A model that there is not will be refused later, by who knows why. */
  get #known(): readonly Target[] {
    this.#targets ??= this.#resolve();
    return this.#targets;
  }

  #resolve(): readonly Target[] {
    try {
      return this.#exchange.model === '' ? [] : this.#gateway.targets(this.#exchange.model);
    } catch {
      return [];
    }
  }
}

const one: Reserve = { amount: 1n, least: 1n };
