import { createGateway, type LiveGateway } from '@tapgate/core';
import echo from '@tapgate/echo';
import openai from '@tapgate/openai';

/** A gateway without a config file: its plugins are imported, its models an object. */
export function assistants(): LiveGateway {
  const gateway = createGateway({
    models: { assistant: { targets: [{ provider: 'echo', model: 'echo' }], unsupported: 'refuse' } },
    log: { level: 'warn' },
  });
  return gateway.use(openai, {}).use(echo, { paceMs: 5 });
}
