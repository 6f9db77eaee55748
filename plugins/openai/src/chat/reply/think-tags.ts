/** A piece of text and what it is. */
export interface TaggedText {
  readonly kind: 'reasoning' | 'text';
  readonly text: string;
}

const opening = '<think>';
const closing = '</think>';

/**
 * Splits thinking that stands in tags at the beginning of a text, as the text comes in. `implied`: the first tag is
 * missing, because it is a part of the prompt. Tags anywhere else are text.
 */
export class ThinkTags {
  #state: 'before' | 'opened' | 'thinking' | 'between' | 'text';
  /** What may be the beginning of a tag. */
  #held = '';

  constructor(implied: boolean) {
    this.#state = implied ? 'thinking' : 'before';
  }

  push(text: string): readonly TaggedText[] {
    const found: TaggedText[] = [];
    let rest = this.#held + text;
    this.#held = '';
    while (rest !== '') rest = this.#step(rest, found);
    return found;
  }

  /** What was held back and is no tag after all. */
  end(): readonly TaggedText[] {
    const held = this.#held;
    this.#held = '';
    if (held === '' || this.#state === 'between') return [];
    return [{ kind: this.#state === 'thinking' ? 'reasoning' : 'text', text: held }];
  }

  #step(text: string, found: TaggedText[]): string {
    switch (this.#state) {
      case 'before':
        return this.#before(text);
      case 'opened':
        this.#state = 'thinking';
        return text.replace(/^\n/, '');
      case 'thinking':
        return this.#thinking(text, found);
      case 'between':
        return this.#between(text);
      case 'text':
        found.push({ kind: 'text', text });
        return '';
    }
  }

  #before(text: string): string {
    const start = text.trimStart();
    if (start.startsWith(opening)) {
      this.#state = 'opened';
      return start.slice(opening.length);
    }
    if (opening.startsWith(start)) return this.#hold(text);
    this.#state = 'text';
    return text;
  }

  #thinking(text: string, found: TaggedText[]): string {
    const at = text.indexOf(closing);
    const end = at === -1 ? text.length - overlap(text) : at;
    if (end > 0) found.push({ kind: 'reasoning', text: text.slice(0, end) });
    if (at === -1) return this.#hold(text.slice(end));
    this.#state = 'between';
    return text.slice(at + closing.length);
  }

  /** White space behind the thinking belongs to the tags. */
  #between(text: string): string {
    const rest = text.trimStart();
    if (rest !== '') this.#state = 'text';
    return rest;
  }

  #hold(text: string): '' {
    this.#held = text;
    return '';
  }
}

/** How much of the text's end may be the beginning of the closing tag. */
function overlap(text: string): number {
  for (let length = Math.min(closing.length - 1, text.length); length > 0; length -= 1) {
    if (closing.startsWith(text.slice(text.length - length))) return length;
  }
  return 0;
}
