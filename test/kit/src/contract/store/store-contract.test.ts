import assert from 'node:assert/strict';
import test from 'node:test';
import { createGateway, type Claim, type Standing, type Store } from '@tapgate/core';
import { eachRuleBroken } from '../../../subjects/broken-rules.ts';
import { ReferenceStore, StoreState } from '../../../subjects/reference-store.ts';
import { modelRule } from './model-rule.ts';
import { storeContract, storeRules } from './store-contract.ts';
import type { StoreSubject } from './subject.ts';

type Kind = new (state: StoreState) => Store;

/** A subject whose clock the rules set. */
function subjectOf(kind: Kind, other: Kind = kind): StoreSubject {
  let state = new StoreState();
  return {
    open: () => {
      state = new StoreState();
      return { store: new kind(state), other: new other(state), close: () => {} };
    },
    shared: true,
    clock: {
      now: () => state.now,
      advance: (ms) => {
        state.now += ms;
      },
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const broken = (kind: Kind) => (): StoreSubject => subjectOf(kind);

eachRuleBroken(
  'the contract of a store',
  storeRules,
  () => subjectOf(ReferenceStore),
  {
    'what is set is got byte for byte, and what was not set is not there': broken(
      class extends ReferenceStore {
        override async get(key: string): Promise<Uint8Array | undefined> {
          const value = await super.get(key);
          return value && Buffer.from(Buffer.from(value).toString('utf8'));
        }
      },
    ),
    'a later value takes the place of an earlier one, and with ifAbsent it does not': broken(
      class extends ReferenceStore {
        override async set(key: string, value: Uint8Array, how: { ttlMs: number; ifAbsent?: true }): Promise<boolean> {
          if (key === 'a' && !how.ifAbsent && this.live(key)) return true;
          return super.set(key, value, how);
        }
      },
    ),
    'of twenty that set at once if nothing is there, one does': broken(
      class extends ReferenceStore {
        override async set(key: string, value: Uint8Array, how: { ttlMs: number; ifAbsent?: true }): Promise<boolean> {
          if (how.ifAbsent && this.live(key)) return false;
          await turn();
          return super.set(key, value, { ttlMs: how.ttlMs });
        }
      },
    ),
    'a value dies with its time to live, and setting it anew renews that': broken(
      class extends ReferenceStore {
        protected override live(key: string): Uint8Array | undefined {
          return this.state.values.get(key)?.value;
        }
      },
    ),
    'delete takes every key that begins so and no other, and counts them': broken(
      class extends ReferenceStore {
        protected override begins(key: string, prefix: string): boolean {
          return new RegExp(`^${prefix.replaceAll('*', '.*')}`).test(key);
        }
      },
    ),
    'a value and a counter of the same name do not touch': broken(
      class extends ReferenceStore {
        override async get(key: string): Promise<Uint8Array | undefined> {
          return (await super.get(key)) ?? (this.state.spent.has(`3600000 ${key}`) ? Buffer.from('3') : undefined);
        }
      },
    ),
    'who watches is told of each change below a prefix and of nothing else, until it stops': broken(
      class extends ReferenceStore {
        protected override remove(key: string): void {
          this.state.values.delete(key);
        }
      },
    ),
    'another process sees the same values and counters, and is told of changes': () => {
      class Apart extends ReferenceStore {
        protected override known(id: string): ReturnType<ReferenceStore['known']> {
          return id.startsWith('o-') ? undefined : super.known(id);
        }
      }
      return subjectOf(ReferenceStore, Apart);
    },
    'what fits is granted, and the answer says what remains and when it resets': broken(
      class extends ReferenceStore {
        protected override standing(claim: Claim): Standing {
          return { ...super.standing(claim), resetsAt: this.state.now };
        }
      },
    ),
    'all claims of a reservation are granted, or none of them counts': broken(
      class extends ReferenceStore {
        override async reserve(id: string, claims: readonly Claim[], leaseMs: number): ReturnType<Store['reserve']> {
          const answer = await super.reserve(id, claims, leaseMs);
          if (!answer.granted && claims.length > 1) for (const claim of claims) this.spend(claim);
          return answer;
        }
      },
    ),
    'the same id again answers as it did, and counts once': broken(
      class extends ReferenceStore {
        override async reserve(id: string, claims: readonly Claim[], leaseMs: number): ReturnType<Store['reserve']> {
          if (this.known(id) && id === 'same') for (const claim of claims) this.spend(claim);
          return super.reserve(id, claims, leaseMs);
        }
      },
    ),
    'what was spent takes the place of what was reserved, less or more, claim by claim': broken(
      class extends ReferenceStore {
        override async settle(id: string, spent: readonly bigint[]): Promise<void> {
          await super.settle(
            id,
            spent
              .map((amount) => (amount > 10n && amount < 20n ? 10n : amount))
              .toSorted((one, other) => (one < other ? 1 : -1)),
          );
        }
      },
    ),
    'a reservation settles once, whatever is called again, later or at once': broken(
      class extends ReferenceStore {
        override async settle(id: string, spent: readonly bigint[]): Promise<void> {
          const known = this.known(id);
          if (known) known.over = false;
          await super.settle(id, spent);
        }
      },
    ),
    'what was spent leaves its window as that slides, and no sooner': broken(
      class extends ReferenceStore {
        protected override used(claim: Claim): bigint {
          const { windowMs } = claim;
          const [first] = this.counter(claim);
          if (windowMs === 'concurrent' || !first || first.at > this.state.now - windowMs) return super.used(claim);
          this.counter(claim).length = 0;
          return 0n;
        }
      },
    ),
    'what is concurrent is held until it is settled, whatever was spent': broken(
      class extends ReferenceStore {
        override async settle(id: string, spent: readonly bigint[]): Promise<void> {
          const known = this.known(id);
          await super.settle(id, spent);
          const held = known?.spent.find((_, at) => known.claims[at]?.windowMs === 'concurrent');
          if (held && spent[0] === 99n) held.amount = 99n;
        }
      },
    ),
    'at the end of a lease what is concurrent comes back, and what is in a window stays spent': broken(
      class extends ReferenceStore {
        protected override endLeases(): void {
          const { reservations } = this.state;
          const lost = reservations.get('lost');
          reservations.delete('lost');
          super.endLeases();
          if (lost) reservations.set('lost', lost);
        }
      },
    ),
    'a reservation that is settled after the end of its lease stays as its end left it': broken(
      class extends ReferenceStore {
        override async settle(id: string, spent: readonly bigint[]): Promise<void> {
          await super.settle(id, spent);
          const ended = this.state.reservations.get(id);
          if (ended && !ended.over) for (const one of ended.spent) one.amount = 0n;
        }
      },
    ),
    'of twenty that reserve at once below a limit of ten, ten are granted': broken(
      class extends ReferenceStore {
        override async reserve(id: string, claims: readonly Claim[], leaseMs: number): ReturnType<Store['reserve']> {
          const fits = claims.every((claim) => this.used(claim) + claim.amount <= claim.limit);
          if (!fits || !id.startsWith('at-once')) return super.reserve(id, claims, leaseMs);
          await turn();
          return super.reserve(
            id,
            claims.map((claim) => ({ ...claim, limit: 100n })),
            leaseMs,
          );
        }
      },
    ),
    'an amount below zero, or too large to be counted, is refused by a RangeError and counts nothing': broken(
      class extends ReferenceStore {
        override async settle(id: string, spent: readonly bigint[]): Promise<void> {
          await super.settle(id, spent.some((amount) => amount < 0n) ? [] : spent);
        }
      },
    ),
    'amounts beyond what a double counts are exact': broken(
      class extends ReferenceStore {
        override async settle(id: string, spent: readonly bigint[]): Promise<void> {
          await super.settle(
            id,
            spent.map((amount) => (amount < 10n ** 20n ? BigInt(Number(amount)) : amount)),
          );
        }
      },
    ),
    [modelRule.name]: broken(
      class extends ReferenceStore {
        #calls = 0;
        override async reserve(id: string, claims: readonly Claim[], leaseMs: number): ReturnType<Store['reserve']> {
          this.#calls += 1;
          const answer = await super.reserve(id, claims, leaseMs);
          if (this.#calls > 100 && answer.granted) for (const claim of claims) this.spend(claim);
          return answer;
        }
      },
    ),
  },
  [modelRule.name],
);

test("core's own store keeps the contract by the time of day", { concurrency: true }, async (context) => {
  const gateway = createGateway({ log: { level: 'silent' } });
  const store = gateway.service('store');
  assert.ok(store);
  let count = 0;
  // One store for all rules: each has its keys and ids under a name of its own.
  const open = (): { store: Store; close: () => void } => ({ store: below(store, `${count++}/`), close: () => {} });
  const done: Promise<void>[] = [];
  storeContract(
    (name, body) => {
      done.push(context.test(name, body));
    },
    { open, name: 'memory' },
  );
  await Promise.all(done);
  await gateway.close();
});

/** A part of a store: every key and id begins with a name that nobody else has. */
function below(store: Store, name: string): Store {
  return {
    get: (key) => store.get(name + key),
    set: (key, value, how) => store.set(name + key, value, how),
    delete: (prefix) => store.delete(name + prefix),
    reserve: (id, claims, leaseMs) =>
      store.reserve(
        name + id,
        claims.map((claim) => ({ ...claim, key: name + claim.key })),
        leaseMs,
      ),
    settle: (id, spent) => store.settle(name + id, spent),
    watch: (prefix, changed) => store.watch(name + prefix, (key, value) => changed(key.slice(name.length), value)),
  };
}
