import assert from 'node:assert/strict';
import { test as plain } from 'node:test';
import { definePlugin, type Plugin, stage } from '@tapgate/core';
import failover from '@tapgate/failover';
import { ask, leakProbes, reply } from '@tapgate/test-kit';
import { good } from '../faults/behaviour.ts';
import { tongueAt, tongues } from '../faults/tongues.ts';
import { foreign, world } from './world.ts';

const test = leakProbes(plain as never);

/** A plugin that taps every stage of every hook, and notes that it was met. */
function tracer(trace: string[]): Plugin<never> {
  return definePlugin({
    name: 'tracer',
    apiVersion: 1,
    schema: { type: 'object' },
    apply({ hooks }) {
      for (const at of ['admit', 'shape', 'limit', 'guard', 'answer'] as const)
        hooks.beforeRoute.tap({ name: 'tracer', stage: stage[at] }, () => void trace.push(`beforeRoute ${at}`));
      for (const at of ['assign', 'filter', 'order'] as const) {
        hooks.selectProvider.tap({ name: 'tracer', stage: stage[at] }, (targets) => {
          trace.push(`selectProvider ${at}`);
          return targets;
        });
      }
      for (const at of ['retry', 'reroute', 'answer'] as const)
        hooks.onError.tap({ name: 'tracer', stage: stage[at] }, () => void trace.push(`onError ${at}`));
      for (const at of ['settle', 'store', 'record', 'observe'] as const)
        hooks.afterResponse.tap(
          { name: 'tracer', stage: stage[at] },
          ({ outcome }) => void trace.push(`afterResponse ${at} ${outcome}`),
        );
    },
  });
}

const before = ['admit', 'shape', 'limit', 'guard', 'answer'].map((at) => `beforeRoute ${at}`);
const select = ['assign', 'filter', 'order'].map((at) => `selectProvider ${at}`);
const after = ['settle', 'store', 'record', 'observe'].map((at) => `afterResponse ${at} ok`);

const questions = [
  ...tongues.flatMap((tongue) =>
    [true, false].flatMap((streamed) =>
      [tongue.dialect, foreign[tongue.dialect] ?? ''].map((vendor) => ({
        name: `${tongue.dialect} from ${vendor}, ${streamed ? 'streamed' : 'whole'}`,
        vendor,
        ...tongue.question(streamed),
      })),
    ),
  ),
  { name: 'embeddings', vendor: 'openai-chat', path: '/v1/embeddings', body: { model: 'm', input: 'Hello' } },
];
const vectors = {
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: [0.1] }],
  model: 'real',
  usage: { prompt_tokens: 1, total_tokens: 1 },
};

// G-03
for (const { name, vendor, path, body } of questions) {
  test(`every hook is met once and in its order, with and without a fallback: ${name}`, async () => {
    for (const fails of [false, true]) {
      const trace: string[] = [];
      await using at = await world(
        {
          a: [
            vendor,
            (request) =>
              fails ? reply.json(401, { error: { message: 'no', type: 'authentication_error' } }) : answerTo(request),
          ],
          b: [vendor, (request) => answerTo(request)],
        },
        { plugins: [tracer(trace), [failover, { retry: { baseMs: 1, maxMs: 1 } }]] },
      );
      const answered = await ask(at.url + path, { body });
      assert.equal(answered.status, 200, answered.text);
      assert.equal(answered.headers.get('x-tapgate-provider'), fails ? 'b' : 'a');
      // What answers an error ends its hook: the tap for the last resort is not met where another target is asked.
      assert.deepEqual(trace, [...before, ...select, ...(fails ? ['onError retry', 'onError reroute'] : []), ...after]);
    }
  });
}

function answerTo(request: { readonly path: string; readonly text: string }): ReturnType<typeof good> {
  if (request.path.endsWith('/embeddings')) return reply.json(200, vectors);
  return good(tongueAt(request.path), /:streamGenerate/.test(request.path) || /"stream":true/.test(request.text));
}
