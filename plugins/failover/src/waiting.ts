import type { Exchange, Gateway } from '@tapgate/core';

/** What a plugin that lets requests wait may offer under the service `queue`. */
export interface Queue {
  /** Waits until a moment, milliseconds since 1970, or until it is worth trying sooner. False, or a throw, where it does not wait. */
  wait(exchange: Exchange, until: number, reason: string): Promise<boolean>;
}

/** The queue, if some plugin provides one. */
export function queueOf(gateway: Gateway): Queue | undefined {
  const queue: unknown = (gateway.service as (name: string) => unknown).call(gateway, 'queue');
  return typeof (queue as Partial<Queue> | undefined)?.wait === 'function' ? (queue as Queue) : undefined;
}
