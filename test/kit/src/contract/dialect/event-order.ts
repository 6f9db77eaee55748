import type { ChatEvent } from '@tapgate/core';

/** What is wrong with the order of an answer's events, as sentences; nothing where it is right. */
export function orderFaults(events: readonly ChatEvent[]): readonly string[] {
  const faults: string[] = [];
  const open = new Map<string, number>();
  const known = new Set<string>();
  const choices = new Set<number>();
  const finished = new Set<number>();
  let failed = false;
  for (const [at, event] of events.entries()) {
    if (failed) faults.push(`Event ${at} (${event.type}) follows the error.`);
    if (event.type === 'part-start') {
      if (known.has(event.part)) faults.push(`Event ${at} begins the part "${event.part}" again.`);
      if (finished.has(event.choice))
        faults.push(`Event ${at} begins a part of the choice ${event.choice}, which is over.`);
      known.add(event.part);
      choices.add(event.choice);
      open.set(event.part, event.choice);
    } else if (event.type === 'part-delta' || event.type === 'part-end') {
      if (!open.has(event.part))
        faults.push(`Event ${at} (${event.type}) speaks of the part "${event.part}", which is not open.`);
      if (event.type === 'part-end') open.delete(event.part);
    } else if (event.type === 'finish') {
      const left = [...open].filter(([, choice]) => choice === event.choice).map(([part]) => part);
      if (left.length > 0) faults.push(`Event ${at} ends the choice ${event.choice} while ${left.join(', ')} is open.`);
      if (finished.has(event.choice)) faults.push(`Event ${at} ends the choice ${event.choice} again.`);
      finished.add(event.choice);
    } else if (event.type === 'error') failed = true;
  }
  const unfinished = [...choices].filter((choice) => !finished.has(choice));
  if (!failed && (finished.size === 0 || unfinished.length > 0)) faults.push('The answer ends without a finish.');
  return faults;
}
