import type { Exchange, Gateway } from '@tapgate/core';

/** What a plugin that lets requests wait offers under the service `queue`. */
export interface Queue {
  /** Waits for a turn. Resolves when it may be tried again; rejects with the queue's own error when it is full, too late, or the client left. */
  wait(
    exchange: Exchange,
    wanted: { readonly resource: string; readonly until: number; readonly reason: string },
  ): Promise<void>;
}

/** The queue, if some plugin provides one. */
export function queueOf(gateway: Gateway): Queue | undefined {
  const queue: unknown = (gateway.service as (name: string) => unknown).call(gateway, 'queue');
  return typeof (queue as Partial<Queue> | undefined)?.wait === 'function' ? (queue as Queue) : undefined;
}
