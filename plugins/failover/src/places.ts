import { nameOf, type Target } from '@tapgate/core';

/** One model at one provider. */
export function deploymentOf({ provider, model }: Target): string {
  return `${provider}/${model}`;
}

/** What targets are called, with their credentials known: one that a target does not name is its provider's first. */
export class Places {
  /** Names of each provider's credentials, in the order of their use. */
  readonly #credentials = new Map<string, readonly string[]>();

  know(provider: string, credentials: readonly string[]): void {
    this.#credentials.set(provider, credentials);
  }

  /** A credential at its provider. */
  credentialOf(target: Target): string {
    return `${target.provider}#${this.#credentialName(target)}`;
  }

  /** One deployment with one credential. */
  placeOf(target: Target): string {
    return nameOf({ ...target, credential: this.#credentialName(target) });
  }

  /** The same deployment with each other credential of its provider. */
  others(target: Target): readonly Target[] {
    const used = this.#credentialName(target);
    const names = this.#credentials.get(target.provider) ?? [];
    return names.filter((name) => name !== used).map((credential) => ({ ...target, credential }));
  }

  #credentialName({ provider, credential }: Target): string {
    return credential ?? this.#credentials.get(provider)?.[0] ?? '';
  }
}
