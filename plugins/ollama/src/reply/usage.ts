import { asNumber, inputTotal, isObject, type JsonObject, noUsage, type Usage } from '@tapgate/core';

/** What the last line of an answer tells of its cost. */
const metrics: readonly string[] = [
  'total_duration',
  'load_duration',
  'prompt_eval_count',
  'prompt_eval_duration',
  'eval_count',
  'eval_duration',
];

/** Whether a member of a line is a measure, and no part of the answer. */
export function isMetric(name: string): boolean {
  return metrics.includes(name);
}

/**
 * The tokens of a last line; nothing where it counts none. A cache that had the prompt makes its number small or leaves it out,
 * and says nothing of itself.
 *
 * @see https://docs.ollama.com/api/usage
 */
export function readUsage(line: JsonObject): Usage | undefined {
  const raw = Object.fromEntries(Object.entries(line).filter(([name]) => isMetric(name)));
  const [input, output] = [asNumber(raw['prompt_eval_count']), asNumber(raw['eval_count'])];
  if (input === undefined && output === undefined) return undefined;
  return { ...noUsage, input: Math.max(0, input ?? 0), output: Math.max(0, output ?? 0), raw };
}

/** Usage in the server's words: its own measures where the answer is one of its own and nobody changed the counts. */
export function writeUsage(usage: Usage): JsonObject {
  const { raw } = usage;
  const read = isObject(raw) ? readUsage(raw) : undefined;
  if (isObject(raw) && read?.input === usage.input && read.output === usage.output) return raw;
  return { prompt_eval_count: inputTotal(usage), eval_count: usage.output };
}
