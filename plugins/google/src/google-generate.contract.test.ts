import { test } from 'node:test';
import { dialectContract, fixtures } from '@tapgate/test-kit';
import { googleGenerate } from './google-generate.ts';

/** Names in camel case and in snake case are one to the API. */
function inCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inCamelCase);
  if (typeof value !== 'object' || value === null) return value;
  const camel = (name: string): string => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [camel(name), inCamelCase(member)]));
}

dialectContract(test, {
  dialect: googleGenerate,
  fixtures: fixtures({ dialect: 'google-generate' }),
  equivalent: inCamelCase,
});
