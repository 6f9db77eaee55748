import { ProviderPlace, type ProviderStanding } from './provider-place.ts';

const maxPlaces = 10_000;

/** What this process knows of its providers' own limits. One per process, so that a reload forgets nothing. */
export class Learned {
  readonly #places = new Map<string, ProviderPlace>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** A provider, a model there and a credential, by name. */
  place(name: string): ProviderPlace {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const place = new ProviderPlace(name, this.#now);
    this.#places.set(name, place);
    if (this.#places.size > maxPlaces) {
      const [oldest] = this.#places.keys();
      if (oldest !== undefined) this.#places.delete(oldest);
    }
    return place;
  }

  standings(): readonly ProviderStanding[] {
    return [...this.#places.values()].flatMap((place) => place.standings());
  }

  close(): void {
    this.#places.clear();
  }
}
