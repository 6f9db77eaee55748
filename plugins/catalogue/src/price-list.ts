import type { Model, Vendor } from './model.ts';
import type { UsualWords } from './cost.ts';
import { rateCard, type RateCard } from './rates.ts';

/** A model found in a list. */
export interface Listed {
  readonly vendor: Vendor;
  readonly model: Model;
}

/** How a day is written at the end of a name: the same model, unless a row of its own says otherwise. */
const dated: NonNullable<Vendor['spellings']> = [
  [/-\d{4}-\d{2}-\d{2}$/, ''],
  [/-20\d{6}$/, ''],
];

/** Words of nearly every vendor for the tier that costs what the list says. */
const usualTiers = ['default', 'standard', 'auto', 'on_demand'];

/** The models of one vendor by their names. Reading prices waits until a model is asked for. */
export class PriceList {
  readonly vendor: Vendor;
  readonly usual: UsualWords;
  readonly #models = new Map<string, Model>();
  readonly #cards = new Map<string, RateCard>();

  constructor(vendor: Vendor) {
    this.vendor = vendor;
    this.usual = {
      tiers: new Set([...usualTiers, ...(vendor.usualTiers ?? [])]),
      regions: new Set(vendor.usualRegions),
    };
    for (const model of vendor.models)
      for (const name of [model.name, ...(model.also ?? [])]) this.#models.set(name.toLowerCase(), model);
  }

  /** The model of that name, or of the name without what does not change the model: a publisher before it, a date behind it. */
  find(name: string): Model | undefined {
    let spelling = name.toLowerCase();
    for (const [what, by] of [...(this.vendor.spellings ?? []), ...dated]) {
      const exact = this.#models.get(spelling);
      if (exact !== undefined) return exact;
      spelling = spelling.replace(what, by);
    }
    return this.#models.get(spelling);
  }

  /** What the model costs here, times a factor. */
  card(model: Model, times = '1'): RateCard {
    const key = `${times} ${model.name}`;
    const known = this.#cards.get(key);
    if (known !== undefined) return known;
    const card = rateCard({ ...model, calls: { ...this.vendor.calls, ...model.calls } }, times);
    this.#cards.set(key, card);
    return card;
  }
}
