import type { Loss } from '@tapgate/core';

/** Collects what a target does not get as it was asked. */
export class Losses {
  readonly list: Loss[] = [];

  /** Something that changes what the answer means. */
  contract(field: string, reason: string, how: Loss['how'] = 'dropped'): void {
    this.list.push({ field, how, reason, contract: true });
  }

  /** Something that may go. */
  hint(field: string, reason: string, how: Loss['how'] = 'dropped'): void {
    this.list.push({ field, how, reason, contract: false });
  }
}
