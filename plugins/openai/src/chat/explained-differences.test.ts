import assert from 'node:assert/strict';
import { test } from 'node:test';

/** A difference between what was read and what is written, and why it is none. */
export interface Explanation {
  /** Matches `path: before -> after`, each as JSON, `absent` where it is not there. */
  readonly matches: RegExp;
  readonly why: string;
}

/** What may differ between an answer that was read and the one that is written. */
export const differencesOfAnswers: readonly Explanation[] = [
  { matches: /^[^:]*: (null|\[\]) -> absent$/, why: 'null and an empty list say no more than nothing' },
  {
    matches: /^choices\.\d+\.(message\.refusal|logprobs): absent -> null$/,
    why: 'this dialect’s own answers have them',
  },
  { matches: /^choices\.\d+\.message\.content: (absent|"") -> null$/, why: 'beside calls a content is null' },
  { matches: /^usage\.\w+_details: (absent|null) -> \{/, why: 'usage always tells what was cached and thought' },
  { matches: /^model: /, why: 'a client hears the name it asked for' },
  { matches: /^id: "" -> "chatcmpl-/, why: 'an answer has an id' },
  { matches: /\.tool_calls\.\d+\.index: \d+ -> absent$/, why: 'a whole answer does not count its calls' },
  { matches: /\.tool_calls\.\d+\.type: absent -> "function"$/, why: 'clients need the type' },
  { matches: /\.function\.arguments: (\{.*\} -> ".*"|absent -> "\{\}")$/, why: 'arguments are a text' },
  { matches: /\.finish_reason: "stop" -> "tool_calls"$/, why: 'an answer with calls ends by them' },
  { matches: /\.message\.content: \[.*\] -> "/, why: 'clients take a text alone' },
  { matches: /\.message\.content: "<think>/, why: 'a thought in tags has a member of its own' },
  { matches: /\.message\.reasoning_content: absent -> "/, why: 'a thought that stood in the content' },
];

/** The differences of two JSON values that nothing explains, as `path: before -> after`. */
export function unexplained(before: unknown, after: unknown, explanations: readonly Explanation[]): readonly string[] {
  return differences('', before, after).filter((text) => !explanations.some(({ matches }) => matches.test(text)));
}

function differences(path: string, before: unknown, after: unknown): readonly string[] {
  if (Object.is(before, after)) return [];
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after)) {
    return [`${path}: ${shown(before)} -> ${shown(after)}`];
  }
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => differences(path === '' ? name : `${path}.${name}`, before[name], after[name]));
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}

test('a difference is explained by its path and both values, or not at all', () => {
  const [first] = differencesOfAnswers;
  assert.deepEqual(unexplained({ a: [1, { b: null }] }, { a: [2, {}] }, first ? [first] : []), ['a.0: 1 -> 2']);
});
