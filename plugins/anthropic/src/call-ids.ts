import { toolNames } from './tool-names.ts';

/** A call, by the client's id and by the id that the target knows it by. */
export interface WireCall {
  readonly callId: string;
  readonly id: string;
}

/** Gives the calls of one conversation ids that the API takes: legal, and each only once. The same conversation, the same ids. */
export class CallIds {
  readonly #taken = new Set<string>();

  /** The id for a call; `path` stands in for one that the client left empty. */
  take(callId: string, path: string): string {
    const legal = callId === '' ? `call_${path.replaceAll(/[^a-zA-Z0-9]+/g, '_')}` : toolNames.legal(callId);
    let id = legal;
    for (let again = 2; this.#taken.has(id); again += 1) id = `${legal}-${again}`;
    this.#taken.add(id);
    return id;
  }
}
