import { createListener, type LiveGateway } from '@tapgate/core';
import Koa from 'koa';

/** A Koa application with its own pages, and the gateway on every path below `/v1`. */
export function createKoaShop(gateway: LiveGateway): Koa {
  const toGateway = createListener(gateway);
  const app = new Koa();
  app.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/v1/')) return next();
    // The gateway writes the response itself, as it comes.
    ctx.respond = false;
    toGateway(ctx.req, ctx.res);
  });
  app.use((ctx) => {
    ctx.body = 'The shop is open.';
  });
  return app;
}
