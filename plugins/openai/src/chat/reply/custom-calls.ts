import { asString, parseObject, type ChatEvent, type ChatRequest } from '@tapgate/core';

/**
 * Gives back the free text of custom tools that a target was offered as functions: the arguments are collected, and the
 * one text in them becomes the call's input. Events of all other calls pass through at once.
 */
export class CustomCalls {
  readonly #names: ReadonlySet<string>;
  readonly #arguments: Map<string, string> = new Map();

  constructor(request: ChatRequest) {
    this.#names = new Set(request.tools.filter((tool) => tool.kind === 'custom').map((tool) => tool.name));
  }

  /** The events in place of this one. */
  take(event: ChatEvent): readonly ChatEvent[] {
    if (this.#names.size === 0) return [event];
    switch (event.type) {
      case 'part-start':
        if (event.kind !== 'tool-call' || event.custom === true || !this.#names.has(event.name ?? '')) return [event];
        this.#arguments.set(event.part, '');
        return [{ ...event, custom: true }];
      case 'part-delta':
        if (!this.#arguments.has(event.part)) return [event];
        this.#arguments.set(event.part, `${this.#arguments.get(event.part) ?? ''}${event.text}`);
        return [];
      case 'part-end': {
        const text = this.#arguments.get(event.part);
        if (text === undefined) return [event];
        this.#arguments.delete(event.part);
        return [{ type: 'part-delta', part: event.part, text: inputIn(text) }, event];
      }
      default:
        return [event];
    }
  }
}

/** The text that a stand-in function was called with; what is not of its form stays as the model wrote it. */
function inputIn(text: string): string {
  return asString(parseObject(text)?.['input']) ?? text;
}
