/** How the stream is known to have ended. */
export interface StreamOptions {
  /** `ok`: with its dialect's end mark. `error`: with an error for the client, and no end mark. `either`, the default: one of them. */
  readonly ended?: 'ok' | 'error' | 'either';
  /** The gateway wrote the answer itself, and is held to what no provider is: a finish that fits the content. */
  readonly written?: boolean;
}
