import { Findings, type RuleTable } from './findings.ts';
import { messagesErrorTypes } from './messages-usage.ts';
import { bodyObject, isNothing, isText, objectOf, textOf, type Members } from './shape.ts';

type Rule = 'status' | 'json' | 'message' | 'leak' | 'shape' | 'type' | 'code';

/** What the official clients need of an answer that is an error. */
export const errorRules: RuleTable<Rule> = {
  status: 'An error has the status {status}.',
  json: 'The error is no JSON object.',
  message: 'The error says nothing.',
  leak: 'The error shows where in the program it was made: {message}',
  shape: 'The error has not the shape of its dialect: {error}',
  type: 'The error has the type {type}, which is none that belongs to the status {status}.',
  code: 'The error has the code {code}, and the status is {status}.',
};

const messagesTypes: Readonly<Record<number, readonly string[]>> = {
  400: ['invalid_request_error'],
  401: ['authentication_error'],
  402: ['billing_error'],
  403: ['permission_error'],
  404: ['not_found_error'],
  413: ['request_too_large'],
  429: ['rate_limit_error'],
  500: ['api_error'],
  504: ['timeout_error'],
  529: ['overloaded_error'],
};

const googleWords: Readonly<Record<number, readonly string[]>> = {
  400: ['INVALID_ARGUMENT', 'FAILED_PRECONDITION', 'OUT_OF_RANGE'],
  401: ['UNAUTHENTICATED'],
  403: ['PERMISSION_DENIED'],
  404: ['NOT_FOUND'],
  409: ['ABORTED', 'ALREADY_EXISTS'],
  429: ['RESOURCE_EXHAUSTED'],
  499: ['CANCELLED'],
  500: ['INTERNAL', 'UNKNOWN', 'DATA_LOSS'],
  501: ['UNIMPLEMENTED'],
  503: ['UNAVAILABLE'],
  504: ['DEADLINE_EXCEEDED'],
};

type Check = (error: Members, status: number, findings: Findings<Rule>) => void;

/** Dialects by how their names begin. */
const checks: readonly (readonly [beginning: string, check: Check])[] = [
  ['openai-', checkOpenai],
  ['anthropic-', checkMessages],
  ['google-', checkGoogle],
  ['gemini-', checkGoogle],
];

/**
 * Checks a whole error answer of a dialect, given as its bytes, its text or what it says.
 * Of a dialect that is not known here it must be an object that says something.
 */
export function validateError(dialect: string, status: number, body: unknown): readonly string[] {
  const findings = new Findings(errorRules);
  findings.claim(Number.isInteger(status) && status >= 400 && status < 600, 'status', { status });
  const error = bodyObject(body);
  if (!findings.claim(error !== undefined, 'json') || !error) return findings.sentences;
  const message = messageOf(error);
  findings.claim(message !== undefined, 'message');
  findings.claim(!/\n\s+at .+:\d+/.test(message ?? ''), 'leak', { message });
  checks.find(([beginning]) => dialect.startsWith(beginning))?.[1](error, status, findings);
  return findings.sentences;
}

function messageOf(error: Members): string | undefined {
  const inner = objectOf(error['error']) ?? error;
  return textOf(inner['message']) ?? textOf(inner['detail']) ?? textOf(error['error']);
}

function checkOpenai(body: Members, _status: number, findings: Findings<Rule>): void {
  const error = objectOf(body['error']);
  const fits =
    error !== undefined &&
    textOf(error['type']) !== undefined &&
    (isNothing(error['param']) || isText(error['param'])) &&
    (isNothing(error['code']) || isText(error['code']));
  findings.claim(fits, 'shape', { error: body });
}

function checkMessages(body: Members, status: number, findings: Findings<Rule>): void {
  const type = objectOf(body['error'])?.['type'];
  if (!findings.claim(body['type'] === 'error' && isText(type), 'shape', { error: body })) return;
  const belongs = messagesTypes[status] ?? messagesErrorTypes;
  findings.claim(belongs.includes(String(type)), 'type', { type, status });
}

function checkGoogle(body: Members, status: number, findings: Findings<Rule>): void {
  const { code, status: word } = objectOf(body['error']) ?? {};
  if (!findings.claim(Number.isInteger(code) && isText(word), 'shape', { error: body })) return;
  findings.claim(code === status, 'code', { code, status });
  const belongs = googleWords[status]?.includes(String(word)) ?? true;
  findings.claim(belongs, 'type', { type: word, status });
}
