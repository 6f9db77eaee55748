declare const placed: unique symbol;

/** A named place in a hook's order: a number below, so that tapable sorts it; branded, so that only core makes one and only its hooks take it. */
export type Stage<Where extends string> = number & { readonly [placed]: Readonly<Record<Where, true>> };

/** Where a tap stands, how long it may take, and what its failure means where the stage's own rule does not fit. */
export interface At<Where extends string> {
  readonly stage: Stage<Where>;
  /** How long the tap may wait, milliseconds; core's default is 1,000. */
  readonly timeoutMs?: number;
  readonly failure?: 'open' | 'closed';
}

const at = <Where extends string>(order: number): Stage<Where> => order as Stage<Where>;

/** The stages of all four hooks and of the wraps; no two share a number, so that one that is not a hook's own is noticed. Within a hook, and from the outermost wrap inwards, a lower number comes first. */
export const stage: {
  readonly admit: Stage<'beforeRoute'>;
  readonly shape: Stage<'beforeRoute'>;
  readonly limit: Stage<'beforeRoute' | 'wrap'>;
  readonly guard: Stage<'beforeRoute'>;
  readonly assign: Stage<'selectProvider'>;
  readonly filter: Stage<'selectProvider'>;
  readonly order: Stage<'selectProvider'>;
  readonly retry: Stage<'onError'>;
  readonly reroute: Stage<'onError'>;
  readonly answer: Stage<'beforeRoute' | 'onError'>;
  readonly settle: Stage<'afterResponse'>;
  readonly store: Stage<'afterResponse'>;
  readonly record: Stage<'afterResponse' | 'wrap'>;
  readonly observe: Stage<'afterResponse' | 'wrap'>;
  readonly simulate: Stage<'wrap'>;
} = {
  admit: at(10),
  shape: at(20),
  limit: at(30),
  guard: at(40),
  assign: at(51),
  filter: at(52),
  order: at(53),
  retry: at(61),
  reroute: at(62),
  answer: at(90),
  settle: at(71),
  store: at(72),
  record: at(73),
  observe: at(74),
  simulate: at(75),
};

/** The stages each hook has, by name; a tap elsewhere is refused when it is made. */
export const stagesOf: Readonly<
  Record<'beforeRoute' | 'selectProvider' | 'onError' | 'afterResponse' | 'wrap', Readonly<Record<string, number>>>
> = {
  beforeRoute: { admit: stage.admit, shape: stage.shape, limit: stage.limit, guard: stage.guard, answer: stage.answer },
  selectProvider: { assign: stage.assign, filter: stage.filter, order: stage.order },
  onError: { retry: stage.retry, reroute: stage.reroute, answer: stage.answer },
  afterResponse: { settle: stage.settle, store: stage.store, record: stage.record, observe: stage.observe },
  wrap: { limit: stage.limit, record: stage.record, observe: stage.observe, simulate: stage.simulate },
};

/** Stages whose plugin failures refuse the request; all others let it pass and count. */
const closed: ReadonlySet<string> = new Set([
  'beforeRoute.admit',
  'beforeRoute.shape',
  'beforeRoute.limit',
  'beforeRoute.guard',
  'selectProvider.filter',
  'wrap.limit',
  'wrap.record',
]);

/** The name of a stage within its hook, or nothing where the hook has no such stage. */
export function stageName(hook: keyof typeof stagesOf, order: number): string | undefined {
  return Object.entries(stagesOf[hook]).find(([, value]) => value === order)?.[0];
}

/** What the stage says of a plugin's failure there. */
export function failureAt(hook: keyof typeof stagesOf, order: number): 'open' | 'closed' {
  return closed.has(`${hook}.${stageName(hook, order)}`) ? 'closed' : 'open';
}
