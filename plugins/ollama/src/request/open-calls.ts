import type { ToolCallPart } from '@tapgate/core';

/** The calls that have no result yet. Results of this dialect may name their call, or only its tool, or nothing. */
export class OpenCalls {
  #open: readonly ToolCallPart[] = [];

  /** The assistant has spoken: these are its calls. */
  begin(calls: readonly ToolCallPart[]): void {
    this.#open = calls;
  }

  /** The call that a result belongs to, which is then closed: results come in the order of their calls. */
  answered(id: string | undefined, name: string | undefined): ToolCallPart | undefined {
    const call =
      id === undefined
        ? this.#open.find((one) => name === undefined || one.name === name)
        : this.#open.find((one) => one.callId === id);
    this.#open = this.#open.filter((one) => one !== call);
    return call;
  }
}
