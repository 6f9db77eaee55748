import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test from 'node:test';
import { GatewayError, stage, type Gateway, type Lifecycle, type Plugin } from '@tapgate/core';
import { eachRuleBroken, failedRules } from '../../../subjects/broken-rules.ts';
import { importEffects } from './import-effects.ts';
import { pluginContract, pluginRules } from './plugin-contract.ts';
import { schemaFaults } from './schema-faults.ts';
import type { PluginSubject } from './subject.ts';

interface Options {
  readonly from: number;
}

const quiet = import.meta.resolve('../../../subjects/quiet-module.ts');
const noisy = import.meta.resolve('../../../subjects/noisy-module.ts');

const schema = {
  type: 'object',
  properties: { from: { type: 'integer', minimum: 0, description: 'First hour served.' } },
  required: ['from'],
  additionalProperties: false,
};

/** Taps every hook, opens a socket in `ready` and closes it. */
function apply(gateway: Gateway, { from }: Options): Lifecycle {
  const { hooks } = gateway;
  hooks.beforeRoute.tap({ name: 'hours', stage: stage.limit }, () => {
    if (from > 23) throw new GatewayError('HOURS_CLOSED', 403, 'Closed.');
  });
  hooks.selectProvider.tap({ name: 'hours', stage: stage.order }, (targets) => targets);
  hooks.onError.tap({ name: 'hours', stage: stage.retry }, () => {});
  hooks.afterResponse.tap({ name: 'hours', stage: stage.observe }, () => {});
  const server = createServer();
  return {
    ready: () => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve())),
    close: () => new Promise((resolve) => server.close(() => resolve())),
    healthy: () => true,
  };
}

const hours: Plugin<Options> = { name: 'hours', apiVersion: 1, schema, apply };

function subjectOf(changes: Partial<Plugin<Options>> = {}, more: Partial<PluginSubject> = {}): PluginSubject {
  return {
    plugin: { ...hours, ...changes },
    options: { from: 8 },
    badOptions: [{}, { from: -1 }, { from: 'eight' }],
    ...more,
  };
}

const broken = (changes: Partial<Plugin<Options>>, more?: Partial<PluginSubject>) => (): PluginSubject =>
  subjectOf(changes, more);

/** The plugin with a lifecycle that is changed. */
const applied = (change: (lifecycle: Lifecycle, gateway: Gateway) => Lifecycle | void): (() => PluginSubject) =>
  broken({ apply: (gateway, options) => change(apply(gateway, options), gateway) });

eachRuleBroken('the contract of a plugin', pluginRules, () => subjectOf({}, { module: quiet }), {
  'it declares itself: a name in small letters, the version of the interface, a schema of an object, and apply': broken(
    {
      apiVersion: 2 as 1,
    },
  ),
  'every option is described, and none is taken that is not': broken({
    schema: { ...schema, properties: { from: { type: 'integer', minimum: 0 } } },
  }),
  'it takes its options, and refuses what they must not be': broken({}, { badOptions: [{ from: 9 }] }),
  'apply is synchronous, and gives nothing or what opens and closes it': broken({
    apply: (gateway, options) => {
      apply(gateway, options);
      return Promise.resolve() as unknown as Lifecycle;
    },
  }),
  'its taps have its name': applied((lifecycle, { hooks }) => {
    hooks.onError.tap({ name: 'opening-hours', stage: stage.answer }, () => {});
    return lifecycle;
  }),
  'importing it has no effect': broken({}, { module: noisy }),
  'apply opens nothing: that waits for ready': applied((lifecycle) => {
    const timer = setInterval(() => {}, 1000);
    const close = async (): Promise<void> => {
      clearInterval(timer);
      await lifecycle.close?.();
    };
    return { ...lifecycle, close };
  }),
  'what it opens it closes': applied((lifecycle) => ({
    ...lifecycle,
    ready: async () => {
      await lifecycle.ready?.();
      setTimeout(() => {}, 2500);
    },
  })),
  'closing it before it was ready, or twice, does no harm': applied((lifecycle) => {
    let closed = 0;
    const close = async (): Promise<void> => {
      closed += 1;
      if (closed > 1) throw new Error('It is closed already.');
      await lifecycle.close?.();
    };
    return { ...lifecycle, close };
  }),
  'two of it stand side by side under two ids': applied((lifecycle, gateway) => {
    gateway.provide('catalogue', { cost: () => null, capabilities: () => ({}) });
    return lifecycle;
  }),
  'an exchange of which nothing is known passes it, or is refused: it never fails itself': applied(
    (lifecycle, { hooks }) => {
      hooks.afterResponse.tap({ name: 'hours', stage: stage.record }, (_settlement, { session }) => {
        if (session === undefined) throw new TypeError('Cannot read properties of undefined');
      });
      return lifecycle;
    },
  ),
});

test('a plugin that refuses keeps the contract', async () => {
  assert.deepEqual(await failedRules(pluginRules, subjectOf({}, { options: { from: 24 } })), []);
});

test('a plugin that there may be but one of says why', async () => {
  const skipped: (string | undefined)[] = [];
  const done: Promise<void>[] = [];
  pluginContract(
    (_name, body) => {
      done.push(body({ skip: (reason) => skipped.push(reason) }));
    },
    { plugin: { ...hours, apply: () => {} }, options: { from: 8 }, single: 'It provides a service.' },
  );
  await Promise.all(done);
  assert.deepEqual(skipped, ['The subject has no "module".', 'It provides a service.']);
});

test('what a module does when it is imported is told', async () => {
  const effects = (await importEffects(noisy)).join('\n');
  for (const effect of [
    /printed Hello/,
    /Timeout among the resources/,
    /SIGUSR21 among the listeners/,
    /noisy among the globals/,
  ]) {
    assert.match(effects, effect);
  }
  assert.match((await importEffects('file:///no/such/module.ts')).join('\n'), /did not end well/);
});

test('a schema is looked through to its last corner', () => {
  const described = { type: 'string', description: 'x' };
  const open = { type: 'object', properties: { a: described } };
  const closed = { ...open, additionalProperties: false };
  const option = (of: object): object => ({
    type: 'object',
    properties: { o: { description: 'x', ...of } },
    additionalProperties: false,
  });
  for (const one of [
    closed,
    { items: closed },
    { anyOf: [closed] },
    { type: 'object', additionalProperties: described },
  ]) {
    assert.deepEqual(schemaFaults(option(one)), []);
  }
  for (const one of [
    open,
    { items: open },
    { anyOf: [closed, open] },
    { type: 'object', additionalProperties: open },
  ]) {
    assert.equal(schemaFaults(option(one)).length, 1, JSON.stringify(one));
  }
  assert.deepEqual(schemaFaults({ ...closed, $defs: { one: open } }), [
    '$defs.one takes members that it does not know: say "additionalProperties": false.',
  ]);
});
