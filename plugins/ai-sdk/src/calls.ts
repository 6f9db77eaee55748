import { AsyncLocalStorage } from 'node:async_hooks';

/** On whose behalf a package of the AI SDK asks: known wherever it calls `fetch`, whatever it hands on. */
export interface Call {
  /** Ends what is asked, though the package may not pass the signal on. */
  readonly signal: AbortSignal;
  /** Gateways that the request has passed. */
  readonly via?: string;
  /** Instead of asking: is told the URL that would be asked. */
  readonly watch?: (url: URL) => void;
}

/** The call that the code now running belongs to. */
export const calls: AsyncLocalStorage<Call> = new AsyncLocalStorage<Call>();
