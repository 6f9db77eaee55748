import {
  definePlugin,
  type Exchange,
  type Failure,
  type FailureKind,
  type Gateway,
  nameOf,
  type Plugin,
  type Recovery,
  stage,
} from '@tapgate/core';
import { fixedText } from './fixed-text.ts';
import { type StaleAnswers, staleAnswersOf } from './stale-answers.ts';

/** Options of the plugin `degrade`. */
export interface DegradeOptions {
  readonly model?: string;
  readonly stale: boolean;
  readonly text?: string;
  readonly on: readonly FailureKind[];
}

declare module '@tapgate/core' {
  interface PluginOptions {
    degrade: Partial<DegradeOptions>;
  }
}

const header = 'x-tapgate-degraded';
/** Below core's bound for a tap, so that there is time left for the text. */
const staleWithinMs = 500;
const usual: readonly FailureKind[] = ['credential', 'throttled', 'broken', 'truncated', 'slow', 'gateway'];

/** An answer all the same when every target has failed: a smaller model's, the last good one, or a fixed text. */
export const degrade: Plugin<DegradeOptions> = definePlugin<DegradeOptions>({
  name: 'degrade',
  apiVersion: 1,
  exclusive: true,
  schema: {
    type: 'object',
    properties: {
      model: {
        type: 'string',
        minLength: 1,
        description: 'Asked first, while attempts are left: a public model, or `provider/model`.',
      },
      stale: {
        type: 'boolean',
        default: true,
        description: 'The last good answer to the same request, where a cache is loaded that has one.',
      },
      text: {
        type: 'string',
        minLength: 1,
        description: 'Said when nothing else is left; never to who asked for JSON or must be given a tool call.',
      },
      on: {
        type: 'array',
        items: { type: 'string', enum: [...usual, 'context', 'policy', 'rejected'] },
        default: usual,
        description: 'Kinds of the last failure that are answered. What is the caller’s own fault never is.',
      },
    },
    additionalProperties: false,
  },
  apply(gateway, options) {
    gateway.hooks.onError.tap({ name: 'degrade', stage: stage.answer }, (failure, exchange) => {
      // Who is under way may still give the real answer, and what has been begun cannot be answered otherwise.
      if (failure.committed || failure.inFlight || failure.alongside > 0) return undefined;
      exchange.replyHeaders.delete(header);
      if (!options.on.includes(failure.kind)) return undefined;
      return smaller(gateway, options, failure, exchange) ?? (kept(gateway, options, exchange) as Recovery | undefined);
    });
  },
});

/** The smaller model, once. */
function smaller(
  gateway: Gateway,
  { model }: DegradeOptions,
  failure: Failure,
  exchange: Exchange,
): Recovery | undefined {
  if (model === undefined || failure.attemptsLeft <= 0 || !failure.replayable) return undefined;
  const target = gateway.target(model);
  if (exchange.attempts.some((made) => nameOf(made.target) === nameOf(target))) return undefined;
  exchange.replyHeaders.set(header, 'model');
  return { target };
}

function kept(
  gateway: Gateway,
  { stale, text }: DegradeOptions,
  exchange: Exchange,
): Recovery | undefined | Promise<Recovery | undefined> {
  const cache = stale ? staleAnswersOf(gateway) : undefined;
  return cache === undefined ? said(text, exchange) : cached(cache, text, exchange);
}

async function cached(
  cache: StaleAnswers,
  text: string | undefined,
  exchange: Exchange,
): Promise<Recovery | undefined> {
  const answer = await inTime(cache.stale(exchange));
  if (answer === undefined) return said(text, exchange);
  exchange.replyHeaders.set(header, 'stale');
  return { answer };
}

/** A cache that is slow, or away itself, must not take the text with it. */
async function inTime<Value>(asked: Value | Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, staleWithinMs, undefined);
  });
  try {
    return await Promise.race([asked, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

function said(text: string | undefined, exchange: Exchange): Recovery | undefined {
  const answer = text === undefined ? undefined : fixedText(text, exchange);
  if (answer === undefined) return undefined;
  exchange.replyHeaders.set(header, 'text');
  return { answer };
}
