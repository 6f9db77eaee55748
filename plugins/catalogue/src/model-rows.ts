import type { LiveGateway, Target } from '@tapgate/core';
import { ModelCatalogue } from './catalogue.ts';
import type { Model } from './model.ts';
import { vendors } from './models/index.ts';
import { catalogueOf } from './catalogue-of.ts';

/** A model as the command shows it. */
export interface ModelRow {
  /** `provider/model` or `list/model`. */
  readonly name: string;
  /** The public name that stands for it, where the config has one. */
  readonly asked?: string;
  /** Nothing where no list and no config knows the model. */
  readonly known?: Partial<Model>;
  /** Whether the config says something of it. */
  readonly overridden: boolean;
}

/** The targets of a config's models, with what its catalogue says; with the lists alone where it loads none. */
export function configuredRows(gateway: LiveGateway): readonly ModelRow[] {
  const catalogue = gateway.service('catalogue');
  const find = catalogue instanceof ModelCatalogue ? catalogue : catalogueOf(gateway, { models: {}, providers: {} });
  return Object.entries(gateway.config.models).flatMap(([asked, { targets }]) =>
    targets.map((target) => rowOf(find, target, asked)),
  );
}

function rowOf(catalogue: ModelCatalogue, target: Target, asked: string): ModelRow {
  const entry = catalogue.find(target);
  const name = `${target.provider}/${target.model}`;
  if (entry === undefined) return { name, asked, overridden: false };
  const { source, asOf } = entry.listed ?? {};
  const from = source === undefined || asOf === undefined ? {} : { source, asOf };
  return { name, asked, overridden: entry.configured, known: { ...entry.known, ...from } };
}

/** Every model of every list. */
export function listedRows(): readonly ModelRow[] {
  return vendors.flatMap((vendor) =>
    vendor.models.map((known) => ({ name: `${vendor.name}/${known.name}`, known, overridden: false })),
  );
}
