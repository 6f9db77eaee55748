/** A timer that fires later than this after its time was held up by this process. */
const busyMs = 10;

/**
 * What a promise gives, or a rejection where it takes longer. A process that is busy finds its timers due before it has read what
 * has arrived meanwhile: that is no fault of the server, so what has arrived is read first, and a timer that was held up waits again.
 */
export function inTime<T>(promise: Promise<T>, ms: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    let due = performance.now() + ms;
    let patient = true;
    const ring = (): void => {
      if (patient && performance.now() - due > busyMs) {
        patient = false;
        due = performance.now() + ms;
        timer = setTimeout(ring, ms);
      } else setImmediate(() => reject(late()));
    };
    let timer = setTimeout(ring, ms);
    void promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
