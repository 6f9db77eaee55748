import { linesOf, readSse, textFrom } from '../sse.ts';
import { Findings, type RuleTable } from './findings.ts';
import { GenerateCheck, generateRules, type GenerateRule } from './generate-answer.ts';
import { isText, listOf, objectOf, parsedObject, textOf, type Members } from './shape.ts';
import { validateSse } from './sse-framing.ts';
import type { StreamOptions } from './stream-options.ts';

type Rule =
  | GenerateRule
  | 'empty'
  | 'line'
  | 'json'
  | 'done-mark'
  | 'array'
  | 'finish-missing'
  | 'usage-missing'
  | 'error-shape'
  | 'error-framed'
  | 'error-unexpected'
  | 'error-missing';

/** What the official clients of `google-generate` need of a stream. */
export const generateStreamRules: RuleTable<Rule> = {
  ...generateRules,
  empty: 'The stream has no event.',
  line: 'Line {line} does not begin with "data: ", and clients read it as JSON or not at all: {text}',
  json: 'Event {event} is no JSON object: {data}',
  'done-mark': 'The stream has [DONE], which this dialect does not know.',
  array: 'The stream without framing is no JSON array.',
  'finish-missing': 'The stream ends before every candidate has its finishReason.',
  'usage-missing': 'The last event has no usage.',
  'error-shape': 'The error is not what clients can read: {error}',
  'error-framed':
    'Event {event} is an error framed as an event, and none stands bare behind it: some clients read it as an empty answer.',
  'error-unexpected': 'The stream failed: {error}',
  'error-missing': 'The stream should have ended with an error, and has none.',
};

/** Checks a stream of `GenerateContentResponse`, as server-sent events or, where it begins so, as one JSON array. */
export function validateGenerateStream(stream: Uint8Array, options: StreamOptions = {}): readonly string[] {
  const findings = new Findings(generateStreamRules);
  const text = textFrom(stream);
  if (text.trimStart().startsWith('[')) checkArray(text, options, findings);
  else checkEvents(text, options, findings);
  return findings.sentences;
}

/** An error in the middle is bare JSON after the events, because some clients look for nothing else; an event may say it before. */
function checkEvents(text: string, options: StreamOptions, findings: Findings<Rule>): void {
  const bare = /(^|\n|\r)(?=\{\s*"error"\s*:)/.exec(text);
  const events = bare ? text.slice(0, bare.index + bare[0].length) : text;
  findings.add(validateSse(Buffer.from(events)));
  for (const [at, line] of linesOf(events).lines.entries()) {
    const fits = line.text === '' || line.text.startsWith('data: ');
    findings.claim(fits, 'line', { line: at + 1, text: line.text });
  }
  const check = new GenerateCheck(findings, options.written ?? false);
  const read = readSse(events);
  for (const [event, { data }] of read.entries()) {
    if (data === '[DONE]') findings.report('done-mark');
    else if (bare && event === read.length - 1 && data.startsWith('{"error":')) break;
    else checkEvent(parsedObject(data), event, data, check, findings);
  }
  checkEnd(bare ? text.slice(events.length) : undefined, read.length, check, options, findings);
}

function checkEvent(
  members: Members | undefined,
  event: number,
  data: string,
  check: GenerateCheck,
  findings: Findings<Rule>,
): void {
  if (!members) return findings.report('json', { event, data });
  if (members['error'] !== undefined) return findings.report('error-framed', { event });
  check.answer(members, event);
}

function checkArray(text: string, options: StreamOptions, findings: Findings<Rule>): void {
  const items = listFrom(text);
  if (!findings.claim(items !== undefined, 'array') || !items) return;
  const check = new GenerateCheck(findings, options.written ?? false);
  const last = objectOf(items.at(-1));
  const failed = last?.['error'] === undefined ? undefined : JSON.stringify(last);
  for (const [event, item] of (failed === undefined ? items : items.slice(0, -1)).entries()) {
    checkEvent(objectOf(item), event, JSON.stringify(item), check, findings);
  }
  checkEnd(failed, items.length, check, options, findings);
}

function listFrom(text: string): readonly unknown[] | undefined {
  try {
    return listOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function checkEnd(
  failed: string | undefined,
  events: number,
  check: GenerateCheck,
  options: StreamOptions,
  findings: Findings<Rule>,
): void {
  if (failed !== undefined) {
    const { code, message, status } = objectOf(parsedObject(failed)?.['error']) ?? {};
    const fits = Number.isInteger(code) && textOf(message) !== undefined && isText(status);
    findings.claim(fits, 'error-shape', { error: failed });
    findings.claim(options.ended !== 'ok', 'error-unexpected', { error: failed });
    return;
  }
  if (!findings.claim(events > 0, 'empty')) return;
  if (!findings.claim(options.ended !== 'error', 'error-missing')) return;
  if (!findings.claim(check.finished, 'finish-missing')) return;
  if (options.written) findings.claim(check.usageSeen, 'usage-missing');
}
