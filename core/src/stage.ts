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

/** The stages of all four hooks and of the wraps. Within a hook, and from the outermost wrap inwards, a lower number comes first. */
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
  admit: at(100),
  shape: at(200),
  limit: at(300),
  guard: at(400),
  assign: at(100),
  filter: at(200),
  order: at(300),
  retry: at(100),
  reroute: at(200),
  answer: at(500),
  settle: at(100),
  store: at(200),
  record: at(310),
  observe: at(320),
  simulate: at(330),
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
