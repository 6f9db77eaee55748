import { RawJson } from '@tapgate/core';

/** A text that grows, and its JSON, which is made once though several events repeat it. */
export class WrittenText {
  #text = '';
  #json: RawJson | undefined;

  get text(): string {
    return this.#text;
  }

  add(text: string): void {
    this.#text += text;
    this.#json = undefined;
  }

  get json(): RawJson {
    this.#json ??= new RawJson(JSON.stringify(this.#text), this.#text);
    return this.#json;
  }
}
