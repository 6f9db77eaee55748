import type { Capabilities, Catalogue, Priced, Target, Usage } from '@tapgate/core';
import { abilitiesOf } from './abilities.ts';
import { type Cost, costOf, type UsualWords } from './cost.ts';
import type { Known, Model } from './model.ts';
import type { PriceList } from './price-list.ts';
import { rateCard, type RateCard } from './rates.ts';

/** What a target is, by all that is known: the config's word over the list's. */
export interface Entry {
  readonly known: Known;
  /** The row it is from; absent where only the config knows the model. */
  readonly listed: Model | undefined;
  readonly configured: boolean;
  readonly card: RateCard;
  readonly usual: UsualWords;
}

/** By whose list a provider is billed. */
export interface Billing {
  readonly list: PriceList | undefined;
  /** A factor on every price of the list, such as a discount: `'0.9'`. */
  readonly times: string | undefined;
}

/** What the catalogue must know of the gateway and its config. */
export interface Setting {
  billing(provider: string): Billing;
  /** What the config says of a model, by `provider/model`. */
  readonly configured: ReadonlyMap<string, Known>;
}

/** Operations that nobody bills. */
const free: ReadonlySet<string> = new Set([
  'models',
  'count-tokens',
  'moderations',
  'responses-input-tokens',
  'responses-get',
  'responses-delete',
  'responses-cancel',
  'responses-input-items',
  'batch-cancel',
  'batch-delete',
  'batch-list',
  'batch-read',
  'batch-results',
  'file-content',
  'file-create',
  'file-delete',
  'file-list',
  'file-read',
]);

/** Names that clients make up must not fill the memory, neither many nor long ones. */
const maxRemembered = 2000;
const longestRemembered = 500;
const nothing: Capabilities = Object.freeze({});

/** Prices and abilities of targets. Nothing in it waits, and nothing is fetched. */
export class ModelCatalogue implements Catalogue {
  readonly #setting: Setting;
  readonly #entries = new Map<string, Entry | undefined>();
  readonly #abilities = new WeakMap<Entry, Capabilities>();

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  cost(target: Target, usage: Usage | undefined, of: Priced = {}): bigint | null {
    const cost = this.price(target, usage, of);
    return 'nanos' in cost ? cost.nanos : null;
  }

  /** As `cost`, with the reason where there is none. */
  price(target: Target, usage: Usage | undefined, of: Priced = {}): Cost {
    const { operation = '', modelAnswered, at = Date.now() } = of;
    if (free.has(operation)) return { nanos: 0n };
    if (usage === undefined) return { unknown: 'its provider did not count what it used' };
    const { card, usual } = this.find(target, modelAnswered) ?? nobody;
    return costOf(usage, card, usual, at);
  }

  capabilities(target: Target): Capabilities {
    const entry = this.find(target);
    if (entry === undefined) return nothing;
    const known = this.#abilities.get(entry);
    if (known !== undefined) return known;
    const abilities = Object.freeze(abilitiesOf(entry.known));
    this.#abilities.set(entry, abilities);
    return abilities;
  }

  /**
   * What is known of a target. The model that answered decides, where the list knows it: an alias, a deployment and a
   * router stand for others. What the config says of the model that was asked stands above both.
   */
  find(target: Target, modelAnswered?: string): Entry | undefined {
    const key = `${target.provider}\n${target.model}\n${modelAnswered ?? ''}`;
    if (key.length > longestRemembered) return this.#look(target, modelAnswered);
    if (this.#entries.has(key)) return this.#entries.get(key);
    if (this.#entries.size >= maxRemembered) this.#entries.clear();
    const entry = this.#look(target, modelAnswered);
    this.#entries.set(key, entry);
    return entry;
  }

  #look({ provider, model }: Target, modelAnswered: string | undefined): Entry | undefined {
    const { list, times } = this.#setting.billing(provider);
    const listed = (modelAnswered === undefined ? undefined : list?.find(modelAnswered)) ?? list?.find(model);
    const said = this.#setting.configured.get(`${provider}/${model}`);
    const usual = list?.usual ?? noWords;
    if (said !== undefined) {
      const known = overridden(said, listed, list);
      return { known, listed, configured: true, card: rateCard(known, said.prices === undefined ? times : '1'), usual };
    }
    if (listed === undefined || list === undefined) return undefined;
    const card = list.card(listed, times);
    return { known: listed, listed, configured: false, card, usual };
  }
}

const noWords: UsualWords = { tiers: new Set(), regions: new Set() };
const nobody: Pick<Entry, 'card' | 'usual'> = { card: rateCard({}), usual: noWords };

/** What is said replaces what is listed; prices replace all of a list's prices, or an old tier would stand beside a new price. */
function overridden(said: Known, listed: Model | undefined, list: PriceList | undefined): Known {
  const { prices, changes, hours, tiers, regions, requests, calls, ...rest } = listed ?? {};
  const billed = said.prices === undefined ? { prices, changes, hours, tiers, regions, requests } : {};
  return withoutNothing({ ...rest, ...billed, ...said, calls: { ...list?.vendor.calls, ...calls, ...said.calls } });
}

function withoutNothing(known: { readonly [Name in keyof Known]: Known[Name] | undefined }): Known {
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}
