import type { JsonObject, Loss } from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';

/** Collects what a request does not keep on its way to this dialect, each field once. */
export class Losses {
  readonly list: Loss[] = [];
  readonly #fields = new Set<string>();

  readonly add = (loss: Loss): void => {
    const key = `${loss.how} ${loss.field}`;
    if (this.#fields.has(key)) return;
    this.#fields.add(key);
    this.list.push(loss);
  };

  /** A wish that may go unheard. */
  hint(field: string, reason: string, how: Loss['how'] = 'dropped'): void {
    this.add({ field, how, reason, contract: false });
  }

  /** What changes the answer's meaning when it is lost. */
  contract(field: string, reason: string, how: Loss['how'] = 'dropped'): void {
    this.add({ field, how, reason, contract: true });
  }

  /** What came along with a part for other dialects, and goes to no other. */
  foreign(ext: Readonly<Record<string, JsonObject>> | undefined): void {
    for (const [dialect, fields] of Object.entries(ext ?? {})) {
      if (dialect === dialectName || dialect.includes('$')) continue;
      for (const [name, value] of Object.entries(fields)) {
        if (name.startsWith('$') || value === null || value === undefined) continue;
        this.hint(name, 'this API has no such field');
      }
    }
  }
}
