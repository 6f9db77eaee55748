import { definePlugin, type Plugin } from '@tapgate/core';

/** A plugin whose module does nothing but declare it. */
const quiet: Plugin = definePlugin({
  name: 'quiet',
  apiVersion: 1,
  schema: { type: 'object', additionalProperties: false },
  apply() {},
});

export default quiet;
