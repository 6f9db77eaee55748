/** What of the outside world this plugin asks: the time and the dice. Tests bring their own. */
export interface Chance {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
}

/** The real ones. */
export const realChance: Chance = { now: Date.now, random: Math.random };
