/** How a connection ends before its answer does: `close` by FIN, `reset` by RST, `end` as if the answer were complete. */
export type CutBy = 'close' | 'reset' | 'end';

/** One thing that a fake upstream does. */
export type Step =
  | { readonly do: 'head'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly do: 'gzip' }
  | { readonly do: 'write'; readonly bytes: Uint8Array }
  | { readonly do: 'raw'; readonly bytes: Uint8Array }
  | { readonly do: 'sleep'; readonly ms: number }
  | { readonly do: 'wait'; readonly until: PromiseLike<unknown> }
  | { readonly do: 'stall' }
  | { readonly do: 'cut-after'; readonly wireBytes: number; readonly by: CutBy }
  | { readonly do: 'cut'; readonly by: CutBy };

/** What a fake upstream does for one request, in order. After the last step the answer ends well, unless one of them ended it otherwise. */
export type Script = readonly Step[];

const bytesFrom = (from: Uint8Array | string): Uint8Array => (typeof from === 'string' ? Buffer.from(from) : from);

/** The steps of a script. */
export const step: {
  /** Status line and headers. Without `content-length` the body is chunked; with `connection: close` it ends with the connection. */
  head(status: number, headers?: Readonly<Record<string, string>>): Step;
  /** Before `head`: the body is compressed, flushed at each write, whatever the request accepts. */
  gzip(): Step;
  /** Body bytes, one HTTP chunk a write. */
  write(bytes: Uint8Array | string): Step;
  /** Bytes on the socket as they are, outside of any framing. */
  raw(bytes: Uint8Array | string): Step;
  sleep(ms: number): Step;
  /** Goes on when the test says so: better than a sleep. */
  wait(until: PromiseLike<unknown>): Step;
  /** Nothing more, until the other side leaves. */
  stall(): Step;
  /** The first step: ends the connection once so many bytes are on the wire, the head among them. */
  cutAfter(wireBytes: number, by?: CutBy): Step;
  /** Closes the connection in the middle of the answer. */
  cut(): Step;
  /** Closes it by RST. */
  reset(): Step;
  /** Ends the answer well, as HTTP sees it. */
  end(): Step;
} = {
  head: (status, headers = {}) => ({ do: 'head', status, headers }),
  gzip: () => ({ do: 'gzip' }),
  write: (bytes) => ({ do: 'write', bytes: bytesFrom(bytes) }),
  raw: (bytes) => ({ do: 'raw', bytes: bytesFrom(bytes) }),
  sleep: (ms) => ({ do: 'sleep', ms }),
  wait: (until) => ({ do: 'wait', until }),
  stall: () => ({ do: 'stall' }),
  cutAfter: (wireBytes, by = 'close') => ({ do: 'cut-after', wireBytes, by }),
  cut: () => ({ do: 'cut', by: 'close' }),
  reset: () => ({ do: 'cut', by: 'reset' }),
  end: () => ({ do: 'cut', by: 'end' }),
};
