/** Writes the events of a stream, numbered. Of an answer that is not streamed nothing is written. */
export class Emitter {
  readonly #streamed: boolean;
  #sequence: number;
  #out = '';

  /** `next` is the number of the first event. */
  constructor(streamed: boolean, next = 0) {
    this.#streamed = streamed;
    this.#sequence = next;
  }

  /** `fields` is JSON: members without the braces around them. */
  emit(type: string, fields: string): void {
    if (!this.#streamed) return;
    this.#out += `event: ${type}\ndata: {"type":"${type}","sequence_number":${this.#sequence},${fields}}\n\n`;
    this.#sequence += 1;
  }

  /** What was written since the last time. */
  take(): string | undefined {
    const out = this.#out;
    this.#out = '';
    return out === '' ? undefined : out;
  }
}
