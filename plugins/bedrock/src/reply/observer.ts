import {
  type ChatEvent,
  type GatewayError,
  isContent,
  type ReplyObserver,
  type ReplyReader,
  seen,
  type UpstreamError,
  type Usage,
} from '@tapgate/core';
import { errorFrame } from '../write-error.ts';
import { StreamReader } from './read-stream.ts';
import { WholeReader } from './read-whole.ts';

/** Looks at an answer with the reader's own eyes. No client's answer passes here, so that it need not be quick. */
export class ConverseObserver implements ReplyObserver {
  readonly #stream: ReplyReader = new StreamReader(nobody);
  usage: Usage | undefined;
  error: UpstreamError | undefined;
  complete = false;
  /** Answers do not name it. */
  readonly model = undefined;

  event(bytes: Uint8Array): number {
    return this.#flags(this.#stream.push(bytes));
  }

  whole(bytes: Uint8Array): number {
    const reader = new WholeReader(nobody);
    return this.#flags([...reader.push(bytes), ...reader.end()]);
  }

  fail(error: GatewayError): Uint8Array {
    return errorFrame(error);
  }

  #flags(events: readonly ChatEvent[]): number {
    let flags = 0;
    for (const event of events) {
      if (isContent(event)) flags |= seen.content;
      if (event.type === 'usage') this.usage = event.usage;
      else if (event.type === 'finish') {
        this.complete = true;
        flags |= seen.terminal;
      } else if (event.type === 'error') flags |= this.#failed(event.error);
    }
    return flags;
  }

  #failed({ upstream, kind, status, message }: GatewayError): number {
    this.error = upstream ?? { kind, status, message };
    return upstream === undefined ? seen.broken : seen.error;
  }
}

const nobody = { provider: '', model: undefined };
