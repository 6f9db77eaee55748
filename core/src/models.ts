import type { Config, ModelConfig } from './config/config.ts';
import { defined } from './defined.ts';
import type { Capabilities, ListedModel } from './dialect.ts';
import { coreErrors } from './errors.ts';
import { nearest } from './config/nearest.ts';
import type { Provider, Target } from './provider.ts';

/** A public name's targets, and what else its config says. */
export interface Resolved {
  readonly targets: readonly Target[];
  readonly model: ModelConfig | undefined;
}

/** Public names to targets. Two lookups however many models are configured. */
export class Models {
  readonly #models: ReadonlyMap<string, ModelConfig>;
  readonly #providers: ReadonlyMap<string, Provider>;
  /** The one provider that a bare name may mean. */
  readonly #only: Provider | undefined;

  constructor(config: Config, providers: ReadonlyMap<string, Provider>) {
    this.#models = new Map(Object.entries(config.models));
    this.#providers = providers;
    const candidates = [...providers.values()].filter((provider) => provider.takesBareNames !== false);
    this.#only = candidates.length === 1 ? candidates[0] : undefined;
  }

  /** Throws MODEL_UNKNOWN with the nearest name, or MODEL_UNSERVED. */
  resolve(name: string): Resolved {
    const model = this.#models.get(name);
    if (model !== undefined) return { targets: model.targets, model };
    const slash = name.indexOf('/');
    const provider = slash > 0 ? this.#providers.get(name.slice(0, slash)) : undefined;
    if (provider !== undefined && slash < name.length - 1)
      return { targets: [splitCredential(provider, name.slice(slash + 1))], model: undefined };
    if (this.#only !== undefined) return { targets: [{ provider: this.#only.name, model: name }], model: undefined };
    throw this.#unknown(name);
  }

  /** What the config says of a public name; nothing where it does not name it. */
  configured(name: string): ModelConfig | undefined {
    return this.#models.get(name);
  }

  /** All that are listed, in the config's order, with the limits that every target of theirs keeps. */
  list(created: number, able: (target: Target) => Capabilities): readonly ListedModel[] {
    const listed: ListedModel[] = [];
    for (const [id, { targets, hidden, displayName }] of this.#models) {
      if (hidden === true) continue;
      const ownedBy = targets[0]?.provider ?? 'tapgate';
      listed.push({ id, ownedBy, created, ...defined({ displayName }), ...limits(targets, able) });
    }
    for (const { name: provider, models = [] } of this.#providers.values()) {
      for (const model of models)
        listed.push({ id: `${provider}/${model}`, ownedBy: provider, created, ...limits([{ provider, model }], able) });
    }
    return listed;
  }

  /** The only provider that serves an operation for which the request names no model. */
  withoutModel(operation: string, dialect: string): readonly Target[] {
    const serving = [...this.#providers.values()].filter(
      (provider) => provider.dialects.includes(dialect) && (provider.serves?.(operation, dialect) ?? true),
    );
    const [only] = serving;
    if (serving.length !== 1 || only === undefined) throw coreErrors.MODEL_MISSING();
    return [{ provider: only.name, model: '' }];
  }

  #unknown(name: string): Error {
    const names = [
      ...this.#models.keys(),
      ...[...this.#providers.keys()].map((provider) => `${provider}/${name.split('/').pop() ?? ''}`),
    ];
    const near = nearest(name, names);
    return coreErrors.MODEL_UNKNOWN({
      model: name.slice(0, 200),
      hint: near === undefined ? '' : ` Did you mean "${near.slice(0, 200)}"?`,
    });
  }
}

/** The least that is known of any target, so that whichever serves keeps it. */
function limits(
  targets: readonly Target[],
  able: (target: Target) => Capabilities,
): Pick<ListedModel, 'contextWindow' | 'maxOutputTokens'> {
  const known = targets.map(able);
  const least = (name: string): number | undefined => {
    const told = known.map((one) => one[name]).filter((value) => typeof value === 'number');
    return told.length === 0 ? undefined : Math.min(...told);
  };
  return defined({ contextWindow: least('contextWindow'), maxOutputTokens: least('maxOutputTokens') });
}

/** `model#credential` where the provider has a credential of that name; else the whole is the model's name. */
function splitCredential(provider: Provider, name: string): Target {
  const hash = name.lastIndexOf('#');
  const credential = hash > 0 ? name.slice(hash + 1) : undefined;
  if (credential === undefined || !provider.credentials.includes(credential))
    return { provider: provider.name, model: name };
  return { provider: provider.name, model: name.slice(0, hash), credential };
}
