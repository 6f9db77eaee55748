import type { ChatEvent } from './canonical/events.ts';
import type { ChatRequest, Origin, Part, Seal, Turn } from './canonical/request.ts';
import type { Dialect } from './dialect.ts';
import type { Provider, Target } from './provider.ts';

/**
 * Whose opaque state is whose. A realm is the word of all places that take one another's seals: the provider says it, else it
 * is the provider's name, with the credential where that is not its first. A client sends seals back in its own dialect and
 * says nothing of where they are from. So one realm is at home in each dialect, that of the first provider in the config that
 * speaks it: its seals stand as they are, and all others' stand tagged.
 */
export class SealRealms {
  readonly #providers: ReadonlyMap<string, Provider>;
  readonly #homes = new Map<string, string | undefined>();

  constructor(providers: ReadonlyMap<string, Provider>) {
    this.#providers = providers;
  }

  /** The realm of a target that is asked in a dialect. */
  of(
    { provider: name, model, credential }: Pick<Target, 'provider' | 'model' | 'credential'>,
    dialect: string,
  ): string {
    const provider = this.#providers.get(name);
    const said = provider?.sealRealm?.(dialect, model);
    if (said !== undefined) return said;
    return credential === undefined || credential === provider?.credentials[0] ? name : `${name}#${credential}`;
  }

  /** Whose seals stand untagged in a dialect; nobody's where no provider speaks it. */
  home(dialect: string): string | undefined {
    if (!this.#homes.has(dialect)) {
      const first = this.#providers.values().find(({ dialects }) => dialects.includes(dialect));
      this.#homes.set(dialect, first && this.of({ provider: first.name, model: '' }, dialect));
    }
    return this.#homes.get(dialect);
  }

  /** The realm of what a client gave back in its dialect; nothing where its provider is no more. */
  #realmOf({ realm, provider, dialect, model = '' }: Origin, spoken: string): string | undefined {
    if (realm !== undefined) return realm;
    if (provider === undefined) return this.home(spoken);
    return this.#providers.has(provider) ? this.of({ provider, model }, dialect) : undefined;
  }

  /**
   * A client's request for one realm: its own seals say nothing of a realm, and all others say theirs. A signature is the
   * same text in every dialect of its realm.
   */
  requestFor(request: ChatRequest, realm: string, spoken: string, asked: Dialect | undefined): ChatRequest {
    const judged = (seal: Seal): Seal => {
      const { realm: tagged, ...origin } = seal.origin;
      const from = this.#realmOf(seal.origin, spoken);
      if (from !== realm) return { ...seal, origin: { ...origin, realm: from ?? '' } };
      if (seal.form === 'signature' && asked !== undefined && !takes(asked, origin.dialect))
        return { ...seal, origin: { ...origin, dialect: asked.name } };
      return tagged === undefined ? seal : { ...seal, origin };
    };
    return withSeals(request, judged);
  }

  /** Says of a reply's seals whose they are, for the writer of the client's dialect; nothing where they are of the realm at home. */
  stamp(realm: string, spoken: string): ((event: ChatEvent) => ChatEvent) | undefined {
    if (realm === this.home(spoken)) return undefined;
    return (event) => {
      if ((event.type !== 'part-end' && event.type !== 'part-start') || event.seal === undefined) return event;
      const { seal } = event;
      return seal.origin.realm === undefined
        ? { ...event, seal: { ...seal, origin: { ...seal.origin, realm } } }
        : event;
    };
  }
}

/** Whether a dialect has places for another's seals as they are. */
function takes(asked: Dialect, dialect: string): boolean {
  return asked.name === dialect || (asked.seals?.answers.some((place) => place.dialect === dialect) ?? false);
}

function withSeals(request: ChatRequest, judged: (seal: Seal) => Seal): ChatRequest {
  const partOf = (part: Part): Part => {
    if (!('seal' in part) || part.seal === undefined) return part;
    const seal = judged(part.seal);
    return seal === part.seal ? part : { ...part, seal };
  };
  const turnOf = (turn: Turn): Turn => {
    const parts = mapped(turn.parts, partOf);
    return parts === turn.parts ? turn : { ...turn, parts };
  };
  const turns = mapped(request.turns, turnOf);
  return turns === request.turns ? request : { ...request, turns };
}

/** The very list where nothing in it changes. */
function mapped<T>(list: readonly T[], change: (one: T) => T): readonly T[] {
  let changed: T[] | undefined;
  for (const [index, one] of list.entries()) {
    const other = change(one);
    if (other !== one) (changed ??= [...list])[index] = other;
  }
  return changed ?? list;
}
