import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Router } from '@koa/router';
import type Koa from 'koa';
import { type Body, emptyBody } from '../body.ts';
import { nearest } from '../config/nearest.ts';
import type { Dialect } from '../dialect.ts';
import { coreErrors, type GatewayError } from '../errors.ts';
import type { LiveGateway, OwnRoute } from '../gateway.ts';
import type { Journey } from '../pipeline.ts';
import { type RequestHead, requestHead } from '../request-head.ts';
import { Routes } from '../routes.ts';
import { plainDialect } from '../plain-dialect.ts';
import { Front } from './front.ts';
import { BodyBudget, type BodyRules, readBody } from './read-body.ts';
import { sendReply } from './send-reply.ts';
import { tolerantPath } from './tolerant-path.ts';

/** Answers one request; what `node:http`, Express and Koa's `respond = false` take. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Which of the two listeners: the clients', or the administrators' own. */
export type Side = 'public' | 'admin';

/** What a request asks for, once its path is known. */
interface Wish {
  readonly dialect: Dialect;
  readonly operation: string;
  readonly path: string;
  readonly head: RequestHead;
  readonly own?: OwnRoute;
}

/** A listener for a gateway: Koa for the frame, core's own endpoints, plugins' endpoints, and every dialect's routes. */
export function createListener(gateway: LiveGateway, side: Side = 'public'): Listener {
  const app = new Front();
  // Koa would print a stack for every client that leaves.
  app.on('error', (error: unknown) =>
    gateway.log.error({ reason: error instanceof Error ? error.message : String(error) }, 'request failed'),
  );
  const budget = new BodyBudget(gateway.config.server.maxUnadmittedBytes);
  if (side === 'admin') app.use(onlyByItsName(gateway.config.server.adminHost));
  const own = ownRouter(gateway, side, budget);
  const routes = new Routes(side === 'public' ? gateway.dialects.values() : []);
  // The paths that are asked most need no router, and those that are merely tolerated must not hide anybody's own.
  app.use(dialectRoutes(gateway, budget, routes, (path) => path));
  app.use(own.routes());
  app.use(dialectRoutes(gateway, budget, routes, (path) => tolerantPath(path, (candidate) => routes.knows(candidate))));
  app.use((context) => notFound(context, gateway, routes));
  const callback = app.callback();
  return (request, response) => {
    callback(request, response).catch(() => response.destroy());
  };
}

/** A page in an administrator's browser must not reach this listener under a name of its own choosing. */
function onlyByItsName(adminHost: string): Koa.Middleware {
  const names = new Set(['localhost', '127.0.0.1', '[::1]', adminHost]);
  return (context, next) => {
    const name = (context.req.headers.host ?? '').replace(/:\d+$/, '');
    if (adminHost === '0.0.0.0' || adminHost === '::' || names.has(name)) return next();
    context.status = 421;
    return undefined;
  };
}

function ownRouter(gateway: LiveGateway, side: Side, budget: BodyBudget): Router {
  const router = new Router();
  router.all('/livez', (context) => {
    context.body = { status: 'ok' };
  });
  router.all('/readyz', (context) => {
    context.status = gateway.healthy ? 200 : 503;
    context.body = { status: gateway.healthy ? 'ok' : 'not ready' };
  });
  router.all('/', (context) => {
    context.body = { name: 'tapgate' };
  });
  for (const route of gateway.routes) {
    if (route.admin !== (side === 'admin')) continue;
    router.register(route.path, [route.method], (context) => {
      context.respond = false;
      const { path, head } = headOf(context.req);
      serve(gateway, budget, context.req, context.res, {
        dialect: plainDialect,
        operation: `own:${route.path}`,
        path,
        head,
        own: route,
      });
    });
  }
  return router;
}

function dialectRoutes(
  gateway: LiveGateway,
  budget: BodyBudget,
  routes: Routes,
  meant: (path: string) => string,
): Koa.Middleware {
  return (context, next) => {
    const { path: asked, head } = headOf(context.req);
    const path = meant(asked);
    const found = routes.find(context.req.method ?? 'GET', path, head.headers);
    if (found === undefined) {
      return next();
    }
    context.respond = false;
    serve(gateway, budget, context.req, context.res, {
      dialect: found.dialect,
      operation: found.route.operation,
      path,
      head,
    });
    return undefined;
  };
}

function headOf(request: IncomingMessage): { readonly path: string; readonly head: RequestHead } {
  const url = request.url ?? '/';
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  return { path, head: requestHead(request.rawHeaders, at < 0 ? '' : url.slice(at + 1)) };
}

/** One exchange over a socket. Who leaves is noticed by the response's close, listened for before anything else. */
function serve(
  gateway: LiveGateway,
  budget: BodyBudget,
  request: IncomingMessage,
  response: ServerResponse,
  wish: Wish,
): void {
  const startedAt = Date.now();
  let journey: Journey | undefined;
  let left = false;
  response.on('close', () => {
    if (response.writableFinished) return;
    left = true;
    journey?.exchange.leave();
  });
  readBody(request, wish.head.headers, bodyRules(gateway, budget, wish), ({ body, refused }) => {
    // What has not been read must not be taken for the next request.
    if (refused !== undefined || body.stream !== undefined) response.setHeader('connection', 'close');
    journey = begin(gateway, request, wish, startedAt, body, refused);
    if (left) journey.exchange.leave();
    journey.whenCommitted((head) => sendReply(response, head));
  });
}

/** An upload in parts passes through as it comes, once enough of it is there to know whose it is. */
function bodyRules(gateway: LiveGateway, budget: BodyBudget, wish: Wish): BodyRules {
  const { operation, path, head, dialect } = wish;
  const { headers, query } = head;
  const rules = { maxBytes: gateway.config.server.maxBodyBytes, budget };
  if (headers.get('content-type')?.startsWith('multipart/') !== true) return rules;
  const enough = (body: Body): boolean => {
    try {
      return dialect.peek({ operation, path, query, headers, body }).incomplete !== true;
    } catch {
      // The exchange will be refused for the same reason.
      return true;
    }
  };
  return { ...rules, enough };
}

function begin(
  gateway: LiveGateway,
  request: IncomingMessage,
  wish: Wish,
  startedAt: number,
  body: Body,
  refused: GatewayError | undefined,
): Journey {
  const { headers, credential, query } = wish.head;
  const { limits, unsupported } = gateway.config;
  return gateway.begin({
    id: randomUUID(),
    startedAt,
    dialect: wish.dialect,
    method: request.method ?? 'GET',
    incoming: {
      operation: wish.operation,
      path: wish.path,
      query,
      headers,
      body: refused === undefined ? body : emptyBody,
    },
    credential,
    address: request.socket.remoteAddress ?? '',
    session: gateway.session(headers),
    deadlineMs: limits.deadlineMs,
    unsupported,
    guarded: gateway.guarded && wish.own?.admin !== true,
    dry: false,
    parent: undefined,
    caller: undefined,
    state: undefined,
    own: wish.own?.answer,
    refused,
  });
}

/** A path nobody serves is no exchange: there is no dialect to answer in. */
function notFound(context: Koa.Context, gateway: LiveGateway, routes: Routes): void {
  const { method } = context;
  const path = headOf(context.req).path.slice(0, 200);
  const near = nearest(path, routes.paths);
  const error = routes.knows(path)
    ? coreErrors.METHOD_UNKNOWN({ method, path })
    : coreErrors.ROUTE_UNKNOWN({ method, path, hint: near === undefined ? '' : ` Did you mean ${near}?` });
  const id = randomUUID();
  const written = plainDialect.writeError(error, id);
  context.status = written.status;
  context.set({ 'content-type': written.contentType, 'x-request-id': id, 'request-id': id, 'x-should-retry': 'false' });
  context.body = written.body;
  gateway.log.debug({ method, status: written.status }, 'no route');
}
