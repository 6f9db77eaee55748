import type { Capabilities, Dialect } from '@tapgate/core';
import type { Fixture } from '../../replay.ts';
import { validateChatReply } from '../../validate/chat-reply.ts';
import { validateChatStream } from '../../validate/chat-stream.ts';
import { validateError } from '../../validate/error-reply.ts';
import { validateGenerateReply } from '../../validate/generate-reply.ts';
import { validateGenerateStream } from '../../validate/generate-stream.ts';
import { validateMessagesReply } from '../../validate/messages-reply.ts';
import { validateMessagesStream } from '../../validate/messages-stream.ts';
import { validateResponsesReply } from '../../validate/responses-reply.ts';
import { validateResponsesStream } from '../../validate/responses-stream.ts';
import { validateSse } from '../../validate/sse-framing.ts';
import type { StreamOptions } from '../../validate/stream-options.ts';
import { samplesOf, type AnswerSample, type ErrorSample, type RequestSample } from './samples.ts';

/** Lists of violations, each a sentence; an empty one is good. */
export interface DialectValidators {
  readonly stream: (bytes: Uint8Array, options: StreamOptions) => readonly string[];
  readonly reply: (bytes: Uint8Array) => readonly string[];
  readonly error: (status: number, body: string) => readonly string[];
}

/** What a contract is tried on. */
export interface Samples {
  readonly requests: readonly RequestSample[];
  readonly answers: readonly AnswerSample[];
  readonly errors: readonly ErrorSample[];
}

/** A dialect and what to try it on. */
export interface DialectSubject extends Partial<Samples> {
  readonly dialect: Dialect;
  /** Recordings of the dialect; they join the samples. */
  readonly fixtures?: readonly Fixture[];
  /** Top-level fields that the native lane may add, such as the one that asks for usage. None, unless it says so. */
  readonly adds?: readonly string[];
  /** Whether the order of text, reasoning and tool calls among each other survives in an answer. It does, unless it says no. */
  readonly ordered?: boolean;
  /** The target's abilities that samples are written for. */
  readonly able?: Capabilities;
  /** What two ways of saying the same in a request have in common; it is asked of both sides before they are compared. */
  readonly equivalent?: (request: unknown) => unknown;
  /** Those of the kit for the dialects it knows; for another one its own, or none. */
  readonly validate?: Partial<DialectValidators>;
  /** Samples that a rule leaves out, by the rule's name and the sample's, each with the reason. */
  readonly except?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Random splits of each answer; 20 unless it says otherwise. */
  readonly splits?: number;
}

/** The subject with all its samples and validators. */
export interface PreparedDialect extends Samples {
  readonly dialect: Dialect;
  readonly adds: readonly string[];
  readonly ordered: boolean;
  readonly able: Capabilities;
  readonly equivalent: (request: unknown) => unknown;
  readonly validate: DialectValidators;
  readonly splits: number;
  /** The samples that the rule of this name is to be tried on. */
  without<Sample extends { readonly name: string }>(rule: string, samples: readonly Sample[]): readonly Sample[];
}

export function prepareDialect(subject: DialectSubject): PreparedDialect {
  const { dialect, adds = [], ordered = true, able = {}, equivalent = (request) => request, splits = 20 } = subject;
  const recorded = samplesOf(dialect, subject.fixtures ?? []);
  return {
    dialect,
    adds,
    ordered,
    able,
    equivalent,
    splits,
    validate: { ...validatorsOf(dialect), ...subject.validate },
    requests: [...(subject.requests ?? []), ...recorded.requests],
    answers: [...(subject.answers ?? []), ...recorded.answers],
    errors: [...(subject.errors ?? []), ...recorded.errors],
    without: (rule, samples) => {
      const left = subject.except?.[rule] ?? {};
      return samples.filter(({ name }) => !Object.hasOwn(left, name));
    },
  };
}

const written = { written: true };

function validatorsOf(dialect: Dialect): DialectValidators {
  const { name } = dialect;
  const error: DialectValidators['error'] = (status, body) => validateError(name, status, body);
  const known: Readonly<Record<string, Omit<DialectValidators, 'error'>>> = {
    'openai-chat': {
      stream: (bytes, options) => validateChatStream(bytes, { ...options, ...written }),
      reply: (bytes) => validateChatReply(bytes, written),
    },
    'openai-responses': {
      stream: (bytes, options) => validateResponsesStream(bytes, { ...options, ...written }),
      reply: validateResponsesReply,
    },
    'anthropic-messages': { stream: validateMessagesStream, reply: validateMessagesReply },
    'google-generate': {
      stream: (bytes, options) => validateGenerateStream(bytes, { ...options, ...written }),
      reply: (bytes) => validateGenerateReply(bytes, written),
    },
  };
  // Of a dialect that cuts its streams itself nothing is known but that.
  const framing = dialect.splitter ? () => [] : validateSse;
  return { error, ...(known[name] ?? { stream: framing, reply: () => [] }) };
}
