import type { Delivery } from './delivery.ts';
import { coreErrors, type GatewayError } from './errors.ts';
import { asGatewayError, outcomeOf } from './failure.ts';
import type { Flow } from './flow.ts';
import type { House } from './house.ts';
import type { LiveExchange } from './live-exchange.ts';
import { openFlow } from './open-flow.ts';
import type { Reply } from './reply.ts';

/** How whoever answers tells the pipeline that it is done. */
export interface AnswerListener {
  /** Nothing reached the client, and this is why. */
  refused(error: GatewayError): void;
  /** The client has been answered, wholly or as far as it goes. */
  over(): void;
}

/** Whose seals are in a reply that is told again; nothing for one that a plugin made. */
function realmOf({ realms }: House, exchange: LiveExchange, reply: Reply): string | undefined {
  return reply.from && realms.of(reply.from, reply.bytes === undefined ? exchange.dialect : reply.dialect);
}

/** Delivers a reply that no attempt gave: from `beforeRoute`, from a recovery, from a plugin's own route. */
export function answer(
  house: House,
  exchange: LiveExchange,
  delivery: Delivery,
  reply: Reply,
  listener: AnswerListener,
): void {
  let flow: Flow;
  let released = false;
  const by = reply.from?.provider ?? exchange.answeredBy ?? 'core';
  const broke = (error: GatewayError): void => {
    if (!released) {
      listener.refused(error);
      return;
    }
    exchange.end(outcomeOf(error));
    delivery.breakOff(error, flow.breakOff(error));
    listener.over();
  };
  try {
    flow = openFlow(exchange, {
      reply,
      provider: by,
      able: {},
      hold: undefined,
      log: undefined,
      house,
      realm: realmOf(house, exchange, reply),
      listener: {
        content: () => {
          exchange.firstEventAt ??= Date.now();
        },
        ready: () => {
          released = true;
          house.announce(exchange, undefined);
          for (const [name, value] of reply.headers ?? [])
            if (name !== 'content-type' && name !== 'content-length') exchange.replyHeaders.set(name, value);
          delivery.commit(reply.status ?? 200, flow.contentType, flow.streamed, flow.streamed ? undefined : flow.held);
          delivery.follow(flow);
        },
        failed: broke,
        refused: broke,
        ended: () => {
          exchange.end('ok');
          delivery.end();
          listener.over();
        },
      },
    });
  } catch (error) {
    listener.refused(asGatewayError(error));
    return;
  }
  exchange.whenGone((error) => {
    flow.abort();
    if (error.kind === 'client-left') listener.over();
    else broke(error.code === 'DEADLINE' ? error : coreErrors.INTERNAL());
  });
  if (exchange.gone === undefined) flow.begin();
}
