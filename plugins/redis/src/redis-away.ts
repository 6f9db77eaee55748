/** The server cannot be asked now: it is not reached, or has not answered in time. What follows is for the plugin to say that asked. */
export class RedisAway extends Error {
  /** Whether it may have done what was asked all the same. */
  readonly asked: boolean;

  constructor(reason: string, asked: boolean, cause?: unknown) {
    super(`The store is away: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = 'RedisAway';
    this.asked = asked;
  }
}
