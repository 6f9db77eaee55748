import { type Exchange, type Gateway, type Lifecycle, type Priority, priorityOf, stage } from '@tapgate/core';
import { errors } from './errors.ts';
import type { LoadSheddingOptions } from './options.ts';
import { Pressure } from './pressure.ts';
import { refusal } from './refusal.ts';
import type { Vitals } from './vitals.ts';

const name = 'load-shedding';

/**
 * The doors of the process: at the first nobody is known yet, and only what is refused to everybody is refused; at the second,
 * what is refused to the caller's priority. Nothing of the request is read for either.
 */
export function tapDoors(gateway: Gateway, options: LoadSheddingOptions, vitals: () => Vitals): Lifecycle {
  const { shares, priority } = options;
  const pressure = gateway.share('load-shedding:pressure', () => new Pressure(vitals()));
  const { beforeRoute, afterResponse } = gateway.hooks;

  const refuseAbove = (share: number, others: number, as: Priority): void => {
    const process = pressure.ofProcess(options);
    if (process < share && others < options.maxInFlight * share) return;
    // Somebody else may have more room: a balancer chooses anew for a new connection.
    throw refusal(errors.OVERLOADED, {}, as, process < share ? [] : [['connection', 'close']]);
  };

  beforeRoute.tap({ name, stage: stage.admit, failure: 'open' }, (exchange) => {
    if (isOwn(exchange)) return;
    refuseAbove(shares.critical, pressure.inFlight, 'normal');
    if (!exchange.dry) pressure.begin(exchange);
  });
  beforeRoute.tap({ name, stage: stage.limit, failure: 'open' }, (exchange) => {
    // Whoever let its parent in let it in, too.
    if (isOwn(exchange) || exchange.parent !== undefined) return;
    const known = priorityOf(exchange, priority);
    refuseAbove(shares[known], pressure.inFlight - 1, known);
  });
  afterResponse.tap({ name, stage: stage.settle }, (_, exchange) => pressure.end(exchange));

  let opened = false;
  return {
    ready: () => {
      opened = true;
      pressure.open();
    },
    close: () => {
      if (opened) pressure.release();
      opened = false;
    },
    healthy: () => pressure.ofProcess(options) < shares.normal,
  };
}

/** A plugin's own endpoint, such as an administrator's, costs little and may be what helps. */
function isOwn({ operation }: Exchange): boolean {
  return operation.startsWith('own:');
}
