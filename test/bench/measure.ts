/** Answers the parent's questions about this process: CPU time so far, and memory after a collection. */
export function answerMeasures(): void {
  process.on('message', () => {
    globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMicros: user + system, rssBytes: process.memoryUsage().rss });
  });
  process.on('disconnect', () => process.exit(0));
}
