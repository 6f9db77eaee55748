/** This dialect's name. */
export const dialectName = 'openai-responses';

/** Follows `rs_` in the id of every reasoning item that the gateway made: whoever did not make it cannot look it up. */
export const madeHere = '~tapgate';
