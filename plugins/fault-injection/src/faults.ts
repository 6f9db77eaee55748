import {
  type Attempt,
  type ByteStream,
  type ChatEvent,
  coreErrors,
  type GatewayError,
  kindOf,
  type Reply,
  upstreamFailed,
} from '@tapgate/core';

/** One thing that can go wrong. */
export type Fault =
  | { readonly kind: 'delay'; readonly ms: number; readonly weight?: number }
  | { readonly kind: 'error'; readonly status: number; readonly weight?: number }
  | { readonly kind: 'stall'; readonly weight?: number }
  | { readonly kind: 'cut'; readonly afterBytes: number; readonly weight?: number }
  | { readonly kind: 'garbage'; readonly afterBytes: number; readonly weight?: number };

/** Events of an answer that speaks no bytes are counted as so many. */
const bytesPerEvent = 100;

const garbage = Buffer.from('data: {"this is": not JSON\n\n<html>Bad Gateway</html>\n\n');

/** Draws a fault by its weight; `drawn` is from 0 to below 1. */
export function draw(faults: readonly Fault[], drawn: number): Fault | undefined {
  const total = faults.reduce((sum, { weight = 1 }) => sum + weight, 0);
  let left = drawn * total;
  for (const fault of faults) {
    left -= fault.weight ?? 1;
    if (left < 0) return fault;
  }
  return undefined;
}

/** Makes an attempt go wrong. What refuses or stalls never reaches the provider. */
export async function inject(fault: Fault, attempt: Attempt, call: () => Promise<Reply>): Promise<Reply> {
  const { provider } = attempt.target;
  switch (fault.kind) {
    case 'delay':
      await pause(fault.ms, attempt.signal);
      return call();
    case 'error':
      throw upstreamFailed(provider, {
        kind: kindOf(fault.status),
        status: fault.status,
        message: `Injected: status ${fault.status}.`,
      });
    case 'stall':
      await pause(2 ** 31 - 1, attempt.signal);
      throw coreErrors.UPSTREAM_RESET({ provider });
    case 'cut':
      return broken(await call(), fault.afterBytes, coreErrors.UPSTREAM_TRUNCATED({ provider }), undefined);
    case 'garbage':
      return broken(
        await call(),
        fault.afterBytes,
        coreErrors.UPSTREAM_MALFORMED({ provider, reason: 'injected' }),
        garbage,
      );
  }
}

/** Rejects as soon as the attempt is over. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(new Error('The attempt is over.'));
      },
      { once: true },
    );
  });
}

/** The reply as far as it is let, then what takes the place of the rest. */
function broken(reply: Reply, afterBytes: number, error: GatewayError, instead: Uint8Array | undefined): Reply {
  if (reply.bytes === undefined)
    return { ...reply, events: brokenEvents(reply.events, afterBytes / bytesPerEvent, error) };
  return { ...reply, bytes: brokenBytes(reply.bytes, afterBytes, error, instead) };
}

async function* brokenEvents(
  events: Iterable<ChatEvent> | AsyncIterable<ChatEvent>,
  after: number,
  error: GatewayError,
): AsyncGenerator<ChatEvent> {
  let count = 0;
  for await (const event of events) {
    count += 1;
    if (count > after) break;
    yield event;
  }
  yield { type: 'error', error };
}

function brokenBytes(
  bytes: ByteStream,
  afterBytes: number,
  error: GatewayError,
  instead: Uint8Array | undefined,
): ByteStream {
  return {
    pipe(sink) {
      let left = afterBytes;
      let over = false;
      const control = bytes.pipe({
        data: (chunk) => {
          if (over) return;
          const piece = chunk.subarray(0, left);
          left -= piece.byteLength;
          if (piece.byteLength > 0) sink.data(piece);
          if (piece.byteLength < chunk.byteLength) finish();
        },
        end: () => {
          if (!over) finish();
        },
        fail: (real) => {
          if (!over) sink.fail(real);
          over = true;
        },
      });
      const finish = (): void => {
        over = true;
        // The source may still be on its way into `pipe`.
        queueMicrotask(() => control.abort());
        if (instead === undefined) sink.fail(error);
        else {
          sink.data(instead);
          sink.end();
        }
      };
      return control;
    },
  };
}
