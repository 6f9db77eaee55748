import { createGateway, definePlugin, listen, stage } from '@tapgate/core';
import openai from '@tapgate/openai';
import openaiCompatible from '@tapgate/openai-compatible';
import { answerMeasures } from './measure.ts';

/** Tapgate as it is installed, with as many plugins that do nothing, and as many models, as the arguments say. */
const [upstream = '', plugins = '0', models = '1'] = process.argv.slice(2);

const target = { provider: 'bench', model: 'upstream-model' };
const names = Array.from(
  { length: Number(models) - 1 },
  (_, at) => [`model-${at}`, { targets: [target], unsupported: 'refuse' }] as const,
);
// Its log is the usual one: a line per exchange on standard output.
const gateway = createGateway({
  server: { port: 0, adminPort: -1 },
  models: { bench: { targets: [target], unsupported: 'refuse' }, ...Object.fromEntries(names) },
});
gateway.use(openai, { apiKey: 'unused' });
gateway.use(openaiCompatible, { baseUrl: `${upstream}/v1`, apiKey: 'key' }, { id: 'bench' });
for (let count = 0; count < Number(plugins); count += 1) {
  const name = `empty-${count}`;
  gateway.use(
    definePlugin({
      name,
      apiVersion: 1,
      schema: { type: 'object', additionalProperties: false },
      apply({ hooks }) {
        hooks.beforeRoute.tap({ name, stage: stage.limit }, () => {});
        hooks.selectProvider.tap({ name, stage: stage.order }, (targets) => targets);
        hooks.onError.tap({ name, stage: stage.reroute }, () => {});
        hooks.afterResponse.tap({ name, stage: stage.observe }, () => {});
      },
    }),
    {},
  );
}
const { port } = await listen(gateway);
process.send?.({ port });
answerMeasures();
