import type { Usage } from './canonical/usage.ts';
import type { GatewayError } from './errors.ts';
import type { FlowSink } from './gate.ts';

/** Who is told how an answer goes. Every method is called at most once; `failed`, `refused` and `ended` exclude each other. */
export interface FlowListener {
  /** The upstream's first content event. */
  content(): void;
  /** The beginning has been held long enough: it may be released. */
  ready(): void;
  failed(error: GatewayError): void;
  /** A plugin refused the answer: that is a decision, not a failure to recover from. */
  refused(error: GatewayError): void;
  /** All is out, and the answer was complete. */
  ended(): void;
}

/**
 * One answer on its way from an upstream to a client's dialect. It holds its beginning back,
 * and works in one turn of the loop: upstream chunk in, client bytes out.
 */
export interface Flow {
  readonly contentType: string;
  /** Whether a client reads it event by event; else it is one document, complete when it is ready. */
  readonly streamed: boolean;
  readonly usage: Usage | undefined;
  /** The model that says it answers. */
  readonly model: string | undefined;
  /** Who is said to have made it, where a router tells. */
  readonly madeBy: string | undefined;
  /** The source has told its end, whatever became of it since: what it says of usage is all there is. */
  readonly complete: boolean;
  /** Tokens written so far, estimated, for an answer that was cut off. */
  readonly written: number;
  /** Bytes that wait to be released. */
  readonly held: number;
  /** Starts the source. The listener is called from here on, perhaps at once. */
  begin(): void;
  release(sink: FlowSink): void;
  pause(): void;
  resume(): void;
  /** Ends it without a word to the listener. */
  abort(): void;
  /** What tells the client, in the stream, that the answer broke off; nothing where the dialect cannot. */
  breakOff(error: GatewayError): Uint8Array | undefined;
}
