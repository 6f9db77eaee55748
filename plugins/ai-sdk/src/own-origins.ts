import { setTimeout as wait } from 'node:timers/promises';
import { ConfigErrors } from '@tapgate/core';
import { calls } from './calls.ts';
import { modelOf, mistake, type PackageSource, type Sdk } from './load-package.ts';

/** How long a package may take to say where it would ask, milliseconds. It has nothing to wait for. */
const patienceMs = 5000;

const probe = 'probe';

/**
 * The origin that a package would ask, found by letting it ask nobody: its `fetch` takes note and goes nowhere, and its signal is
 * aborted from the start, so that a package with a `fetch` of its own goes nowhere either.
 *
 * @throws ConfigErrors where it asks through nothing that the gateway could guard, or has no key.
 */
export async function ownOrigins(sdk: Sdk, source: PackageSource, model: string = probe): Promise<ReadonlySet<string>> {
  const origins = new Set<string>();
  let failure: unknown;
  const signal = AbortSignal.abort();
  const asked = calls.run({ signal, watch: (url) => void origins.add(url.origin) }, async () => {
    const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: '.' }] }];
    try {
      await modelOf(sdk, model, source).doGenerate({ prompt, abortSignal: signal });
    } catch (error) {
      failure = error;
    }
  });
  const answered = new AbortController();
  await Promise.race([asked, wait(patienceMs, undefined, { signal: answered.signal })]);
  answered.abort();
  if (origins.size > 0) return origins;
  if (failure instanceof ConfigErrors) throw failure;
  throw mistake(source, ...reasonOf(failure), failure);
}

function reasonOf(failure: unknown): [why: string, cure: string] {
  const name = failure instanceof Error ? failure.name : '';
  if (name === 'AI_LoadAPIKeyError')
    return ['it has no key', 'Set "settings.apiKey", or the variable that the package looks for'];
  if (name === 'AI_LoadSettingError')
    return ['it lacks a setting', 'Set in "settings" what its own documentation asks for'];
  return [
    'it does not show where it would ask, so that its calls could not be guarded',
    'Where it does use the "fetch" that it is given, list in "origins" where it asks; else it cannot be used',
  ];
}
