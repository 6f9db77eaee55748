import { skipString } from './skip-string.ts';

const QUOTE = 0x22;
const BRACKETS = 0x5b;
/** `[` and `{` with the bit set in which they differ, then `]` and `}`. */
const OPEN = 0x7b;
const CLOSE = 0x7d;
const CASE_BIT = 0x20;

/** What stopped a walk: `inside` means that the bytes ended first. */
export type NestingState = 'inside' | 'closed' | 'unbalanced' | 'too-deep';

/**
 * Walks over the bytes of one JSON array or object, chunk by chunk, and sees to it that brackets and strings balance;
 * what stands between them is not looked at.
 */
export class Nesting {
  state: NestingState = 'closed';
  private readonly maxDepth: number;
  private readonly openers: number[] = [];
  private depth = 0;
  /** How a string goes on in the next chunk, as `skipString` says it: 0 outside of one, 2 behind a backslash. */
  private string = 0;

  constructor(maxDepth: number) {
    this.maxDepth = maxDepth;
  }

  /** Walks on: the position behind the last bracket, of the one that is wrong, or of the end of the bytes. */
  walk(bytes: Buffer, view: DataView, from: number): number {
    const { openers, maxDepth } = this;
    const { length } = bytes;
    // The loop runs once for each byte outside of strings: its state lives in locals.
    let { depth } = this;
    let at = this.string === 0 ? from : skipString(bytes, view, from + this.string - 1);
    this.state = 'inside';
    while (at < length) {
      const code = bytes[at++] as number;
      if (code === QUOTE) {
        at = skipString(bytes, view, at);
      } else if (code >= BRACKETS) {
        const kind = code | CASE_BIT;
        if (kind === OPEN) {
          if (depth === maxDepth) return this.stop('too-deep', at - 1);
          openers[depth++] = code;
        } else if (kind === CLOSE) {
          if (openers[--depth] !== code - 2) return this.stop('unbalanced', at - 1);
          if (depth === 0) return this.stop('closed', at);
        }
      }
    }
    this.depth = depth;
    this.string = Math.max(at - length, 0);
    return length;
  }

  private stop(state: NestingState, at: number): number {
    this.state = state;
    this.depth = 0;
    this.string = 0;
    return at;
  }
}
