import assert from 'node:assert/strict';
import type { Plugin } from '@tapgate/core';
import type { Rule } from '../rule.ts';
import { importEffects } from './import-effects.ts';
import { schemaFaults } from './schema-faults.ts';
import { gatewayFor, use, type PluginSubject } from './subject.ts';

const hookNames = ['beforeRoute', 'selectProvider', 'onError', 'afterResponse'] as const;

export const declarationRules: readonly Rule<PluginSubject>[] = [
  {
    name: 'it declares itself: a name in small letters, the version of the interface, a schema of an object, and apply',
    check: ({ plugin }) => {
      const { name, apiVersion, schema } = plugin as Plugin;
      assert.match(name, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
      assert.equal(apiVersion, 1);
      assert.equal((schema as { type?: unknown }).type, 'object');
      assert.equal(typeof plugin.apply, 'function');
    },
  },
  {
    name: 'every option is described, and none is taken that is not',
    check: ({ plugin }) => {
      assert.deepEqual(schemaFaults(plugin.schema), []);
    },
  },
  {
    name: 'it takes its options, and refuses what they must not be',
    check: async (subject) => {
      const { badOptions = [], options } = subject;
      const unknown = { ...(options as object), xKitUnknown: true };
      for (const bad of [unknown, ...badOptions]) {
        const gateway = gatewayFor(subject);
        assert.throws(() => use(gateway, subject, bad), `it takes ${JSON.stringify(bad)}`);
        await gateway.close();
      }
      const gateway = gatewayFor(subject);
      use(gateway, subject);
      await gateway.close();
    },
  },
  {
    name: 'apply is synchronous, and gives nothing or what opens and closes it',
    check: async (subject) => {
      const gateway = gatewayFor(subject);
      let result: unknown;
      const { plugin } = subject;
      const watched: Plugin<never> = {
        ...plugin,
        apply: (given, options, as) => {
          const applied = plugin.apply(given, options, as);
          result = applied;
          return applied;
        },
      };
      use(gateway, { ...subject, plugin: watched });
      await gateway.close();
      assert.ok(
        result === undefined || (typeof result === 'object' && result !== null),
        `apply gave ${String(result)}`,
      );
      const odd = Object.keys(result ?? {}).filter((key) => !['ready', 'close', 'healthy'].includes(key));
      assert.ok(!(result instanceof Promise), 'apply gave a promise');
      assert.deepEqual(odd, []);
    },
  },
  {
    name: 'its taps have its name',
    check: async (subject) => {
      const gateway = gatewayFor(subject);
      const before = hookNames.map((hook) => gateway.hooks[hook].taps.length);
      use(gateway, subject, subject.options, 'kit-another-id');
      const names = hookNames.flatMap((hook, at) => gateway.hooks[hook].taps.slice(before[at]).map((tap) => tap.name));
      await gateway.close();
      const { name } = subject.plugin;
      assert.deepEqual(
        [...new Set(names)].filter((one) => one !== name),
        [],
        `its name is "${name}"`,
      );
    },
  },
  {
    name: 'importing it has no effect',
    skip: ({ module }) => (module === undefined ? 'The subject has no "module".' : undefined),
    check: async ({ module = '' }) => {
      assert.deepEqual(await importEffects(module), []);
    },
  },
];
