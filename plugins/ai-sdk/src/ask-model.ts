import { type Attempt, type ChatEvent, type ChatRequest, coreErrors, type EventReply } from '@tapgate/core';
import type { LanguageModelV3, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { calls } from './calls.ts';
import type { Model } from './load-package.ts';
import { asV3 } from './request/as-v3.ts';
import { type Failing, readFailure } from './reply/read-failure.ts';
import { PartReader, type Reading, type StreamPart } from './reply/part-reader.ts';
import { partsOf } from './reply/parts-of.ts';
import { lossesIn } from './reply/warnings.ts';

/** Asks a model and reads its answer, streamed or whole as the client asked. */
export function askModel(
  model: Model,
  options: LanguageModelV4CallOptions,
  attempt: Attempt,
  failing: Failing,
): Promise<EventReply> {
  const { signal, exchange, streamed } = attempt;
  const via = attempt.headers.get('via');
  const reading: Reading = { ...failing, streamed, note: (reason) => exchange.note(reason) };
  const call = via === undefined ? { signal } : { signal, via };
  return calls.run(call, async () => {
    try {
      return await (streamed ? streamedReply : wholeReply)(
        model,
        { ...options, abortSignal: signal },
        attempt,
        reading,
      );
    } catch (error) {
      throw readFailure(error, failing) ?? error;
    }
  });
}

async function wholeReply(
  model: Model,
  options: LanguageModelV4CallOptions,
  { exchange }: Attempt,
  reading: Reading,
): Promise<EventReply> {
  const result = isV3(model) ? await model.doGenerate(asV3(options)) : await model.doGenerate(options);
  const reader = new PartReader(reading);
  const events = partsOf(result).flatMap((part) => reader.read(part));
  return { events, losses: lossesIn(result.warnings, exchange) };
}

async function streamedReply(
  model: Model,
  options: LanguageModelV4CallOptions,
  { exchange }: Attempt,
  reading: Reading,
): Promise<EventReply> {
  const result = isV3(model) ? await model.doStream(asV3(options)) : await model.doStream(options);
  const parts = (result.stream as ReadableStream<StreamPart>)[Symbol.asyncIterator]();
  const first = await parts.next();
  if (first.done === true) throw coreErrors.UPSTREAM_EMPTY({ provider: reading.provider });
  const losses = first.value.type === 'stream-start' ? lossesIn(first.value.warnings, exchange) : [];
  return { events: eventsOf(first.value, parts, reading), losses };
}

async function* eventsOf(
  first: StreamPart,
  parts: AsyncIterator<StreamPart>,
  reading: Reading,
): AsyncGenerator<ChatEvent> {
  const reader = new PartReader(reading);
  try {
    yield* reader.read(first);
    for (let next = await parts.next(); next.done !== true; next = await parts.next()) yield* reader.read(next.value);
  } catch (error) {
    throw readFailure(error, reading) ?? error;
  } finally {
    await parts.return?.();
  }
}

function isV3(model: Model): model is LanguageModelV3 {
  return model.specificationVersion === 'v3';
}

/** A model's request must be known: no other operation has a canonical form. */
export function requestOf(attempt: Attempt, provider: string): ChatRequest {
  const { request, operation } = attempt;
  if (request === undefined) throw coreErrors.OPERATION_UNSUPPORTED({ provider, operation }, { kind: 'unsupported' });
  return request;
}
