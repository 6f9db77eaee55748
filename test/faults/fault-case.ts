import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Behaviour } from './behaviour.ts';

/** How a case must end. */
export interface Expected {
  /** `whole`: equal to the healthy answer. `error`: one error with its own status. `broken-off`: the beginning of the answer, then an error event. */
  readonly ends: 'whole' | 'error' | 'broken-off';
  /** What the client sees where it ends in an error; several where dialects have their own words for it. */
  readonly status?: readonly number[];
  /** Headers of the reply by name: the value, or `present`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Upstream calls by target, exactly. */
  readonly calls: Readonly<Record<string, number>>;
  readonly outcome?: string;
  /** A piece of the message that the client reads. */
  readonly says?: string;
}

/** One case of `test/cases`: what the upstreams do, how the gateway is set up, and how it must end. Data only. */
export interface FaultCase {
  readonly name: string;
  readonly title: string;
  /** Which rows and cases of the collections it stands for. */
  readonly covers: readonly string[];
  /** What each target does with its requests, one after the other; the last for all that follow. `closed` is a port that nobody listens at. */
  readonly upstreams: Readonly<Record<string, readonly Behaviour[] | 'closed'>>;
  /** Options of the failover plugin. */
  readonly failover?: Readonly<Record<string, unknown>>;
  readonly limits?: Readonly<Record<string, number>>;
  readonly timeouts?: Readonly<Record<string, number>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Dialects whose own servers never do so, with the reason; others are translated for their clients all the same. */
  readonly never?: Readonly<Record<string, string>>;
  /** Where it is not so yet, by dialect and lane (`openai-chat native`), with what is wrong: told as skipped. */
  readonly known?: Readonly<Record<string, string>>;
  /** How often it is asked, one after the other; the last time counts. */
  readonly times?: number;
  /** For both framings, or for each. */
  readonly expect?: Expected;
  readonly streamed?: Expected;
  readonly whole?: Expected;
}

/** All of them, in the order of their names. */
export function faultCases(): readonly FaultCase[] {
  const root = new URL('../cases/', import.meta.url).pathname;
  return globSync('*/case.json', { cwd: root })
    .toSorted()
    .map((file) => ({
      name: dirname(file),
      ...(JSON.parse(readFileSync(root + file, 'utf8')) as Omit<FaultCase, 'name'>),
    }));
}
