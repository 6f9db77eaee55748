import { type DestinationStream, type Logger, pino } from 'pino';

/** One for the process, however many gateways it has seen. */
let output: DestinationStream | undefined;

/** A log on standard output, a JSON object a line. */
export function openLog(level: string): Logger {
  output ??= turnByTurn(pino.destination({ dest: 1, sync: true }));
  return pino({ level, base: null }, output);
}

/**
 * Writes all lines of one turn of the loop at its end, at once: under load a write costs more than all the rest of a line. What is
 * left when the process exits, well or not, goes out then.
 */
export function turnByTurn(destination: DestinationStream): DestinationStream {
  let lines = '';
  const flush = (): void => {
    const text = lines;
    lines = '';
    if (text !== '') destination.write(text);
  };
  process.on('exit', flush);
  return {
    write: (line) => {
      if (lines === '') setImmediate(flush);
      lines += line;
    },
  };
}
