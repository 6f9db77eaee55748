import type { EventSplitter } from '@tapgate/core';
import { FrameBroken } from './frame.ts';
import { FrameSplitter } from './split-frames.ts';

/** Cuts a stream that somebody else judges: from where it is broken on, what comes is handed over as it comes. */
export function tolerantSplitter(maxBytes: number): EventSplitter {
  const splitter = new FrameSplitter(maxBytes);
  let broken = false;
  return {
    push(chunk, onEvent) {
      if (broken) {
        onEvent(chunk);
        return;
      }
      let at = 0;
      try {
        splitter.push(chunk, (frame) => {
          at += frame.byteLength;
          onEvent(frame);
        });
      } catch (error) {
        if (!(error instanceof FrameBroken)) throw error;
        broken = true;
        onEvent(chunk.subarray(Math.min(at, chunk.byteLength)));
      }
    },
    end: () => (broken ? undefined : splitter.end()),
  };
}
