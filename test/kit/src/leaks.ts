import { setTimeout as wait } from 'node:timers/promises';
import { openUpstreams } from './fake-upstream/fake-upstream.ts';
import type { RuleContext, Test } from './contract/rule.ts';

/** What else is looked at after each test. */
export interface LeakOptions {
  /** Exchanges that are not settled, by name of what holds them; they must come to none. */
  readonly inFlight?: () => number;
  /** How long what is on its way may take to end, milliseconds. */
  readonly graceMs?: number;
}

/**
 * The test function with a look behind each test: no request is still being answered by a fake upstream, no rejection was
 * left without a handler, and nothing is in flight. A test that leaks fails, and says what it leaked.
 * @example const probed = leakProbes(test); probed('a stream ends', async () => { … });
 */
export function leakProbes(test: Test, options: LeakOptions = {}): Test {
  return (name, body) =>
    test(name, async (context: RuleContext) => {
      const rejections: unknown[] = [];
      const rejected = (reason: unknown): void => {
        rejections.push(reason);
      };
      process.on('unhandledRejection', rejected);
      try {
        await body(context);
        await settle(() => leaksNow(options).length === 0, options.graceMs ?? 2000);
        // Two turns, so that a rejection of the last moment is seen.
        for (let turns = 0; turns < 2; turns += 1) await new Promise((resolve) => setImmediate(resolve));
      } finally {
        process.off('unhandledRejection', rejected);
      }
      const leaks = [
        ...leaksNow(options),
        ...rejections.map((reason) => `a rejection without a handler: ${String(reason)}`),
      ];
      if (leaks.length > 0) throw new Error(`The test leaks ${leaks.join('; ')}.`);
    });
}

async function settle(clean: () => boolean, graceMs: number): Promise<void> {
  const until = Date.now() + graceMs;
  while (!clean() && Date.now() < until) await wait(10);
}

function leaksNow({ inFlight }: LeakOptions): readonly string[] {
  const busy = openUpstreams().filter((upstream) => upstream.busy > 0);
  const flying = inFlight?.() ?? 0;
  return [
    ...busy.map((upstream) => `${upstream.busy} requests on their way at ${upstream.url}`),
    ...(flying > 0 ? [`${flying} exchanges in flight`] : []),
  ];
}
