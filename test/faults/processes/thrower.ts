import { definePlugin, type Plugin, stage } from '@tapgate/core';

/** A plugin that breaks, where a header asks it to. */
const thrower: Plugin = definePlugin({
  name: 'thrower',
  apiVersion: 1,
  schema: { type: 'object', additionalProperties: false },
  apply(gateway) {
    gateway.hooks.beforeRoute.tap({ name: 'thrower', stage: stage.guard }, (exchange) => {
      if (exchange.headers.get('x-throw') === 'yes') throw new Error('It is broken.');
    });
  },
});

export default thrower;
