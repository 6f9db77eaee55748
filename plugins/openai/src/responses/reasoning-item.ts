import { writeJson, type Json, type JsonObject } from '@tapgate/core';
import { OutputItem } from './output-item.ts';
import { WrittenText } from './written-text.ts';

/** A piece of a reasoning item while it is written. Without a text it leaves no trace. */
export interface ReasoningPiece {
  delta(text: string): void;
  end(): void;
}

/** What the model thought: summaries, the thinking itself, and the seal over both. */
export class ReasoningItem extends OutputItem {
  readonly #summary: WrittenText[] = [];
  readonly #content: WrittenText[] = [];
  #last: ReasoningPiece | undefined;
  /** `encrypted_content`, once it is known. */
  sealed: string | undefined;

  protected members(): JsonObject {
    return {
      id: this.id,
      type: 'reasoning',
      summary: this.#summary.map(summaryText),
      ...(this.#content.length > 0 && { content: this.#content.map(reasoningText) }),
      ...(this.sealed !== undefined && { encrypted_content: this.sealed }),
    };
  }

  protected finish(): void {
    this.#last?.end();
  }

  piece(summary: boolean): ReasoningPiece {
    this.#last?.end();
    this.#last = summary ? this.#summaryPiece() : this.#contentPiece();
    return this.#last;
  }

  #summaryPiece(): ReasoningPiece {
    let text: WrittenText | undefined;
    let at = '';
    const begin = (): WrittenText => {
      const begun = new WrittenText();
      at = `${this.place},"summary_index":${this.#summary.push(begun) - 1}`;
      this.emitter.emit('response.reasoning_summary_part.added', `${at},"part":{"type":"summary_text","text":""}`);
      return begun;
    };
    return {
      delta: (delta) => {
        text ??= begin();
        text.add(delta);
        this.emitter.emit('response.reasoning_summary_text.delta', `${at},"delta":${JSON.stringify(delta)}`);
      },
      end: once(() => {
        if (text === undefined) return;
        this.emitter.emit('response.reasoning_summary_text.done', `${at},"text":${text.json.text}`);
        this.emitter.emit('response.reasoning_summary_part.done', `${at},"part":${writeJson(summaryText(text))}`);
      }),
    };
  }

  #contentPiece(): ReasoningPiece {
    let text: WrittenText | undefined;
    let at = '';
    const begin = (): WrittenText => {
      const begun = new WrittenText();
      at = `${this.place},"content_index":${this.#content.push(begun) - 1}`;
      this.emitter.emit('response.content_part.added', `${at},"part":{"type":"reasoning_text","text":""}`);
      return begun;
    };
    return {
      delta: (delta) => {
        text ??= begin();
        text.add(delta);
        this.emitter.emit('response.reasoning_text.delta', `${at},"delta":${JSON.stringify(delta)}`);
      },
      end: once(() => {
        if (text === undefined) return;
        this.emitter.emit('response.reasoning_text.done', `${at},"text":${text.json.text}`);
        this.emitter.emit('response.content_part.done', `${at},"part":${writeJson(reasoningText(text))}`);
      }),
    };
  }
}

function summaryText(text: WrittenText): Json {
  return { type: 'summary_text', text: text.json };
}

function reasoningText(text: WrittenText): Json {
  return { type: 'reasoning_text', text: text.json };
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act();
  };
}
