import { writeJson, type JsonObject } from '@tapgate/core';
import type { Emitter } from './emitter.ts';

/** How an item ended, or that it has not. */
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** What every item of an answer is made with. */
export interface OutputItemOf {
  readonly emitter: Emitter;
  readonly index: number;
  readonly id: string;
  readonly choice: number;
}

/** One item of an answer while it is written. */
export abstract class OutputItem {
  readonly id: string;
  readonly choice: number;
  /** Parts that have begun and not ended. */
  open = 0;
  protected readonly emitter: Emitter;
  /** Members of every event that speaks of the item. */
  protected readonly place: string;
  readonly #index: number;
  #fields: JsonObject = {};
  #closed: string | undefined;

  constructor({ emitter, index, id, choice }: OutputItemOf) {
    this.emitter = emitter;
    this.id = id;
    this.choice = choice;
    this.place = `"item_id":${JSON.stringify(id)},"output_index":${index}`;
    this.#index = index;
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  get index(): number {
    return this.#index;
  }

  /** The item as it is now, without the fields that have no canonical word. */
  protected abstract members(status: ItemStatus): JsonObject;

  /** Writes the events that end its parts. */
  protected abstract finish(): void;

  announce(): void {
    this.emitter.emit(
      'response.output_item.added',
      `"output_index":${this.#index},"item":${this.#json('in_progress')}`,
    );
  }

  /** Adds fields of this dialect that have no canonical word. */
  note(fields: JsonObject): void {
    this.#fields = { ...this.#fields, ...fields };
  }

  /** Ends it, once. */
  close(status: ItemStatus): void {
    if (this.#closed !== undefined) return;
    this.finish();
    this.#closed = this.#json(status);
    this.emitter.emit('response.output_item.done', `"output_index":${this.#index},"item":${this.#closed}`);
  }

  /** The item as JSON, as the whole output repeats it. */
  final(): string {
    return this.#closed ?? this.#json('incomplete');
  }

  /** After it closed something still came that no event can tell: the whole output has it. */
  protected reopen(status: ItemStatus): void {
    if (this.#closed !== undefined) this.#closed = this.#json(status);
  }

  #json(status: ItemStatus): string {
    return writeJson({ ...this.members(status), ...this.#fields });
  }
}
