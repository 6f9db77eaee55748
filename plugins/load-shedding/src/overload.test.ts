import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@tapgate/test-kit';
import { AdaptiveLimit, type End, type LimitRules } from './adaptive-limit.ts';

/** A server of so many places. */
interface Server {
  /** Answers that it makes at a time; the others stand in line, first come, first served. */
  readonly places: number;
  /** To the first token and to the last, with nobody else there, milliseconds. */
  readonly firstMs: number;
  readonly answerMs: number;
  /** How many times slower it is at a moment, milliseconds from the beginning. */
  readonly pace?: (atMs: number) => number;
  /** Beyond its places all slow down together, in place of standing in line. */
  readonly shares?: boolean;
  /** Who has left is not worked for any more; else it works on for nobody, as many do. */
  readonly notices?: boolean;
  /** With so many there it says 429. */
  readonly refusesFrom?: number;
}

/** Clients that come whether or not they are served, and leave when nothing has come for too long. */
interface Clients {
  readonly perSecond: (atMs: number) => number;
  readonly patienceMs: number;
  readonly streamed?: boolean;
}

/** One second of it. */
interface Second {
  /** Answers that came in time and whole. */
  good: number;
  refused: number;
  left: number;
  /** At the second's end. */
  limit: number;
  /** Of those that began to be answered, milliseconds. */
  readonly firstMs: number[];
}

/** Time that goes from one event to the next. */
class Timeline {
  now = 0;
  readonly #events: { readonly at: number; readonly run: () => void }[] = [];

  at(at: number, run: () => void): void {
    let [low, high] = [0, this.#events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.at ?? 0) > at) low = middle + 1;
      else high = middle;
    }
    this.#events.splice(low, 0, { at, run });
  }

  run(untilMs: number): void {
    for (let event = this.#events.pop(); event !== undefined && event.at <= untilMs; event = this.#events.pop()) {
      this.now = event.at;
      event.run();
    }
  }
}

/** Clients before a server, with a limit between them or without one. Every run is the same. */
class Simulation {
  readonly #server: Server;
  readonly #clients: Clients;
  readonly #limit: AdaptiveLimit | undefined;
  readonly #time = new Timeline();
  readonly #dice = seeded(7);
  readonly #line: (() => void)[] = [];
  readonly #told: Second[] = [];
  #working = 0;

  constructor(server: Server, clients: Clients, rules?: LimitRules) {
    this.#server = server;
    this.#clients = clients;
    this.#limit = rules === undefined ? undefined : new AdaptiveLimit(rules);
  }

  run(seconds: number): readonly Second[] {
    for (let at = 0; at < seconds; at += 1) {
      const second: Second = { good: 0, refused: 0, left: 0, limit: 0, firstMs: [] };
      this.#told.push(second);
      this.#time.at((at + 1) * 1000 - 0.001, () => {
        second.limit = this.#limit?.limit ?? 0;
      });
    }
    const arrive = (): void => {
      this.#come();
      // By chance, as many independent clients do.
      const gapMs = -Math.log(this.#random()) * (1000 / this.#clients.perSecond(this.#time.now));
      this.#time.at(this.#time.now + gapMs, arrive);
    };
    this.#time.at(0, arrive);
    this.#time.run(seconds * 1000 - 0.0005);
    return this.#told;
  }

  #random(): number {
    return (this.#dice.integer(2 ** 31) + 1) / (2 ** 31 + 1);
  }

  #tell(what: (second: Second) => void): void {
    const second = this.#told[Math.floor(this.#time.now / 1000)];
    if (second !== undefined) what(second);
  }

  #come(): void {
    const time = this.#time;
    const { streamed = true, patienceMs } = this.#clients;
    const { refusesFrom = Number.POSITIVE_INFINITY } = this.#server;
    if (this.#limit?.admits(0.95) === false) {
      this.#tell((second) => (second.refused += 1));
      return;
    }
    const startedAt = time.now;
    const running = this.#limit?.begin(startedAt, 2000, streamed);
    const end = (how: End): void => {
      if (running !== undefined) this.#limit?.end(running, how, time.now);
    };
    if (this.#working + this.#line.length >= refusesFrom) {
      this.#tell((second) => (second.refused += 1));
      time.at(startedAt + 5, () => end('overload'));
      return;
    }
    let state: 'waits' | 'heard' | 'gone' = 'waits';
    const leave = this.#work(
      () => {
        if (state !== 'waits' || !streamed) return;
        state = 'heard';
        this.#tell(({ firstMs }) => firstMs.push(time.now - startedAt));
        if (running !== undefined) this.#limit?.first(running, time.now);
      },
      () => {
        if (state === 'gone') return;
        state = 'heard';
        this.#tell((second) => (second.good += 1));
        end(streamed ? 'nothing' : 'whole');
      },
    );
    time.at(startedAt + patienceMs, () => {
      if (state !== 'waits') return;
      state = 'gone';
      this.#tell((second) => (second.left += 1));
      leave();
      end(streamed ? 'left' : 'nothing');
    });
  }

  /** Works for one client. Gives the way to leave. */
  #work(first: () => void, last: () => void): () => void {
    const { places, shares = false, notices = false, firstMs, answerMs, pace } = this.#server;
    let state: 'waits' | 'works' | 'over' = 'waits';
    const over = (): void => {
      if (state === 'works') {
        this.#working -= 1;
        this.#line.shift()?.();
      }
      state = 'over';
    };
    const begin = (): void => {
      state = 'works';
      this.#working += 1;
      const crowd = shares ? Math.max(1, this.#working / places) : 1;
      const slower = crowd * (pace?.(this.#time.now) ?? 1) * (0.8 + 0.4 * this.#random());
      this.#time.at(this.#time.now + firstMs * slower, first);
      this.#time.at(this.#time.now + answerMs * slower, () => {
        over();
        last();
      });
    };
    if (shares || this.#working < places) begin();
    else this.#line.push(begin);
    return () => {
      if (!notices) return;
      if (state === 'waits') this.#line.splice(this.#line.indexOf(begin), 1);
      over();
    };
  }
}

/** The middle of what each second told, of those seconds. */
function mean(seconds: readonly Second[], from: number, to: number, what: (second: Second) => number): number {
  const those = seconds.slice(from, to);
  return those.reduce((sum, second) => sum + what(second), 0) / those.length;
}

const good = (second: Second): number => second.good;

const rules: LimitRules = { initial: 20, least: 2, most: 512 };
/** Twenty at a time, a second each: twenty a second are the most that it can do. */
const server: Server = { places: 20, firstMs: 200, answerMs: 1000 };
const peak = 20;
/** From second 20 to second 320 five times what it can do. */
const crowd: Clients = {
  perSecond: (atMs) => (atMs < 20_000 ? 18 : atMs < 320_000 ? 5 * peak : 18),
  patienceMs: 1500,
};

for (const [what, kind] of [
  ['stands its crowd in a line', {}],
  ['slows down for all', { shares: true }],
  ['stands its crowd in a line, and notices who leaves', { notices: true }],
  ['slows down for all, and notices who leaves', { shares: true, notices: true }],
] as const) {
  test(`R-03, row 37: at five times what a server can do for five minutes, goodput stays above 90 % of its peak; it ${what}`, () => {
    const seconds = new Simulation({ ...server, ...kind }, crowd, rules).run(380);
    assert.ok(mean(seconds, 20, 320, good) >= 0.9 * peak, `${mean(seconds, 20, 320, good)} of ${peak}`);
    // Who is let in does not wait in vain, and when the crowd is gone nobody is refused for long.
    assert.ok(mean(seconds, 40, 320, ({ left }) => left) < 0.02 * peak);
    assert.ok(mean(seconds, 325, 380, good) > 0.9 * 18);
    const first = seconds.slice(40, 320).flatMap(({ firstMs }) => firstMs);
    const sorted = first.toSorted((one, other) => one - other);
    assert.ok(
      (sorted[sorted.length >> 1] ?? 0) <= 2.5 * server.firstMs,
      `first tokens after ${sorted[sorted.length >> 1]} ms`,
    );
  });

  test(`without a limit it collapses under the same crowd; it ${what}`, () => {
    const seconds = new Simulation({ ...server, ...kind }, crowd).run(120);
    assert.ok(mean(seconds, 60, 120, good) < 0.7 * peak, `${mean(seconds, 60, 120, good)} of ${peak}`);
  });
}

test('whatever the crowd, its patience, and the length of answers: a server that notices who leaves does nine tenths of what it can', () => {
  for (const times of [2, 5, 20])
    for (const patienceMs of [600, 1500, 8000])
      for (const answerMs of [500, 1000, 5000])
        for (const shares of [false, true]) {
          const most = (server.places * 1000) / answerMs;
          const clients = { perSecond: (atMs: number) => (atMs < 20_000 ? 0.9 : times) * most, patienceMs };
          const seconds = new Simulation({ ...server, answerMs, shares, notices: true }, clients, rules).run(160);
          const goodput = mean(seconds, 60, 160, good) / most;
          assert.ok(goodput >= 0.88, `${goodput} at ${JSON.stringify({ times, patienceMs, answerMs, shares })}`);
        }
});

test('a server that is blind for those who leave recovers, though it was busy for nobody', () => {
  for (const times of [5, 20])
    for (const patienceMs of [1500, 3000, 8000]) {
      const clients = { perSecond: (atMs: number) => (atMs < 20_000 ? 0.9 : times) * peak, patienceMs };
      const seconds = new Simulation(server, clients, rules).run(160);
      const goodput = mean(seconds, 60, 160, good) / peak;
      assert.ok(goodput >= 0.9, `${goodput} at ${JSON.stringify({ times, patienceMs })}`);
    }
});

test('row 15: a server that becomes ten times slower is spared within five seconds, and trusted again within a minute', () => {
  const slow: Server = { ...server, places: 100, pace: (atMs) => (atMs > 30_000 && atMs < 60_000 ? 10 : 1) };
  const seconds = new Simulation(slow, { perSecond: () => 60, patienceMs: 10_000 }, rules).run(120);
  const before = seconds[29]?.limit ?? 0;
  assert.ok((seconds[34]?.limit ?? 0) < before * 0.7, `${before}, then ${seconds[34]?.limit}`);
  assert.ok(mean(seconds, 90, 120, good) > 0.9 * 60);
  assert.ok(mean(seconds, 90, 120, ({ refused }) => refused) < 1);
});

for (const times of [2, 3, 5]) {
  test(`a server that becomes ${times} times slower for good, whoever asks it, is soon taken for what it is`, () => {
    const slower: Server = { ...server, places: 10_000, pace: (atMs) => (atMs > 30_000 ? times : 1) };
    const seconds = new Simulation(slower, { perSecond: () => 30, patienceMs: 60_000 }, rules).run(180);
    assert.ok(mean(seconds, 100, 180, ({ refused }) => refused) < 1, 'it is refused to for ever');
    assert.ok(mean(seconds, 100, 180, good) > 0.9 * 30);
  });
}

test('a crowd does not become the measure of itself: after an hour of it first tokens come as they did in the beginning', () => {
  const seconds = new Simulation(server, { ...crowd, perSecond: () => 5 * peak }, rules).run(3600);
  assert.ok(mean(seconds, 3000, 3600, good) > 0.9 * peak);
  assert.ok(mean(seconds, 3000, 3600, ({ limit }) => limit) < 1.5 * peak);
});

test('where first tokens tell nothing the server’s 429 keep the limit where it answers', () => {
  const refusing: Server = { ...server, refusesFrom: 24 };
  const whole = { ...crowd, streamed: false, patienceMs: 5000 };
  const seconds = new Simulation(refusing, whole, rules).run(200);
  assert.ok(mean(seconds, 40, 200, good) > 0.9 * peak);
  assert.ok(mean(seconds, 40, 200, ({ limit }) => limit) < 32);
});

test('long streams that begin one by one: the limit comes to the number of places, though it is told late', () => {
  const long: Server = { places: 50, firstMs: 500, answerMs: 20_000, notices: true };
  const seconds = new Simulation(long, { perSecond: (atMs) => (atMs < 60_000 ? 2 : 12), patienceMs: 5000 }, rules).run(
    600,
  );
  assert.ok(mean(seconds, 100, 600, good) > 0.85 * 2.5, String(mean(seconds, 100, 600, good)));
});

test('a server of one place is left to few, though the limit began at twenty', () => {
  const single: Server = { places: 1, firstMs: 200, answerMs: 1000, notices: true };
  const seconds = new Simulation(single, { perSecond: () => 5, patienceMs: 3000 }, rules).run(200);
  assert.ok(mean(seconds, 60, 200, good) > 0.9);
  assert.ok(mean(seconds, 60, 200, ({ limit }) => limit) < 6);
});

test('a quiet target keeps its limit: what is never reached is never known', () => {
  const seconds = new Simulation({ ...server, places: 1000 }, { perSecond: () => 2, patienceMs: 5000 }, rules).run(300);
  assert.equal(seconds.at(-1)?.limit, 20);
  assert.equal(
    mean(seconds, 0, 300, ({ refused }) => refused),
    0,
  );
});
