/** A part with its text so far. */
export interface SpokenPart {
  readonly id: string;
  readonly text: StreamedText;
}

/** The text of a part as far as it has come, so that what a closing event says more can be told apart. */
export class StreamedText {
  #text = '';

  get text(): string {
    return this.#text;
  }

  add(delta: string): void {
    this.#text += delta;
  }

  /** What the whole text has beyond what came; nothing where the two disagree, as what was said cannot be taken back. */
  rest(whole: string | undefined): string {
    if (whole === undefined || whole.length <= this.#text.length || !whole.startsWith(this.#text)) return '';
    return whole.slice(this.#text.length);
  }
}
