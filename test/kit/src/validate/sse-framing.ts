import { fieldOf, linesOf } from '../sse.ts';
import { Findings, type RuleTable } from './findings.ts';

type Rule =
  | 'utf8'
  | 'mark'
  | 'line-ends'
  | 'field'
  | 'comment-inside'
  | 'no-data'
  | 'event-twice'
  | 'retry'
  | 'unfinished';

/** How server-sent events must be framed so that every client's parser takes them. */
export const sseRules: RuleTable<Rule> = {
  utf8: 'The stream is not UTF-8.',
  mark: 'The stream begins with a byte order mark.',
  'line-ends': 'Line {line} ends otherwise than the lines before it.',
  field: 'Line {line} has the field "{field}", which is none of data, event, id and retry.',
  'comment-inside': 'Line {line} is a comment in the middle of an event.',
  'no-data': 'The event that begins in line {line} has no data, so no client gets it.',
  'event-twice': 'The event that begins in line {line} has two names.',
  retry: 'Line {line} has the reconnection time "{value}", which is no number.',
  unfinished: 'The stream ends in the middle of an event: no blank line follows the last one.',
};

/** Checks a stream's framing and none of its meaning. */
export function validateSse(stream: Uint8Array): readonly string[] {
  const findings = new Findings(sseRules);
  const text = decoded(stream, findings);
  if (text === undefined) return findings.sentences;
  checkLineEnds(text, findings);
  const { lines, rest } = linesOf(text);
  let open: { readonly line: number; data: boolean; named: boolean } | undefined;
  for (const [at, line] of lines.entries()) {
    const number = at + 1;
    if (line.text === '') {
      if (open && !open.data) findings.report('no-data', { line: open.line });
      open = undefined;
      continue;
    }
    const { field, value } = fieldOf(line.text);
    if (field === '') {
      findings.claim(open === undefined, 'comment-inside', { line: number });
      continue;
    }
    open ??= { line: number, data: false, named: false };
    if (field === 'event' && open.named) findings.report('event-twice', { line: open.line });
    open.data ||= field === 'data';
    open.named ||= field === 'event';
    checkField(field, value, number, findings);
  }
  findings.claim(rest === '' && open === undefined, 'unfinished');
  return findings.sentences;
}

function decoded(stream: Uint8Array, findings: Findings<Rule>): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(stream);
    if (!text.startsWith('\uFEFF')) return text;
    findings.report('mark');
    return text.slice(1);
  } catch {
    findings.report('utf8');
    return undefined;
  }
}

function checkLineEnds(text: string, findings: Findings<Rule>): void {
  const ends = [...text.matchAll(/\r\n|\r|\n/g)].map(([end]) => end);
  const other = ends.findIndex((end) => end !== ends[0]);
  if (other >= 0) findings.report('line-ends', { line: other + 1 });
}

function checkField(field: string, value: string, line: number, findings: Findings<Rule>): void {
  if (field === 'retry') findings.claim(/^\d+$/.test(value), 'retry', { line, value });
  else findings.claim(['data', 'event', 'id'].includes(field), 'field', { line, field });
}
