import {
  type Capabilities,
  defineErrors,
  definePlugin,
  type ErrorTable,
  type Exchange,
  nameOf,
  type Plugin,
  stage,
  type Target,
} from '@tapgate/core';
import { lacking, leastTokens, needsOf, textBytes } from './needs.ts';

/** Options of the plugin `capabilities`. */
export interface CapabilitiesOptions {
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly callerLabels: readonly string[];
}

declare module '@tapgate/core' {
  interface PluginOptions {
    capabilities: Partial<CapabilitiesOptions>;
  }
}

/** The errors this plugin says. */
export const errors: ErrorTable<'NO_TARGET_CAN' | 'NO_TARGET_MAY'> = defineErrors({
  NO_TARGET_CAN: [400, 'No target of "{model}" can do what is asked: {reasons}. Leave it out, or ask another model.'],
  NO_TARGET_MAY: [403, 'No target of "{model}" may serve this caller: {reasons}.'],
});

/** Leaves out the targets that cannot do what the request needs, or may not have its data. */
const capabilities: Plugin<CapabilitiesOptions> = definePlugin<CapabilitiesOptions>({
  name: 'capabilities',
  apiVersion: 1,
  schema: {
    type: 'object',
    properties: {
      labels: {
        type: 'object',
        additionalProperties: { type: 'array', items: { type: 'string' }, minItems: 1 },
        default: {},
        description:
          'Labels that a target must have, with the values that will do: { region: [eu] }. A target without the label is left out.',
      },
      callerLabels: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Labels in which a target must equal its caller, where the caller has them: [region].',
      },
    },
    additionalProperties: false,
  },
  apply(gateway, { labels, callerLabels }) {
    const required = Object.entries(labels);
    gateway.hooks.selectProvider.tap({ name: 'capabilities', stage: stage.filter }, (targets, exchange) => {
      const against = new Map<Target, string>();
      const allowed = leave(targets, exchange, against, (target) =>
        forbidden(target, exchange, required, callerLabels),
      );
      if (allowed.length === 0 && targets.length > 0) throw errors.NO_TARGET_MAY(told(exchange, against));
      const able = allowed.map((target) => ({ target, can: gateway.capabilities(target) }));
      const reasonOf = reasoner(exchange, able);
      const fitting = leave(allowed, exchange, against, reasonOf);
      if (fitting.length === 0 && allowed.length > 0)
        throw errors.NO_TARGET_CAN(told(exchange, against), { kind: 'unsupported' });
      return fitting;
    });
  },
});

export default capabilities;

/** The targets without a reason against them; each reason is noted. */
function leave(
  targets: readonly Target[],
  exchange: Exchange,
  against: Map<Target, string>,
  reasonOf: (target: Target) => string | undefined,
): readonly Target[] {
  const left = targets.filter((target) => {
    const reason = reasonOf(target);
    if (reason === undefined) return true;
    exchange.note(reason, target);
    against.set(target, reason);
    return false;
  });
  return left.length === targets.length ? targets : left;
}

function forbidden(
  target: Target,
  exchange: Exchange,
  required: readonly [string, readonly string[]][],
  callerLabels: readonly string[],
): string | undefined {
  for (const [label, values] of required) {
    const value = target.labels?.[label];
    if (value === undefined || !values.includes(value))
      return `its ${label} is ${value ?? 'not told'}, not ${values.join(' or ')}`;
  }
  for (const label of callerLabels) {
    const wanted = exchange.caller.labels[label];
    if (wanted !== undefined && target.labels?.[label] !== wanted)
      return `its ${label} is ${target.labels?.[label] ?? 'not told'}, and its caller's is ${wanted}`;
  }
  return undefined;
}

/** Reads the request only where some target is known not to do everything. */
function reasoner(
  exchange: Exchange,
  able: readonly { readonly target: Target; readonly can: Capabilities }[],
): (target: Target) => string | undefined {
  const cans = new Map(able.map(({ target, can }) => [target, can]));
  const bytes = exchange.body?.length ?? 0;
  const limited = able.some(({ can }) =>
    Object.values(can).some((value) => value === false || value === 'none' || typeof value === 'number'),
  );
  const request = limited ? exchange.read() : undefined;
  if (request === undefined) return () => undefined;
  const needs = needsOf(request);
  // The text is measured only where the whole body might be too long.
  let least: number | undefined;
  return (target) => {
    const can = cans.get(target) ?? {};
    const window = can['contextWindow'];
    if (typeof window === 'number' && leastTokens(bytes) > window) {
      least ??= leastTokens(textBytes(request));
      if (least > window) return `its context holds ${window} tokens, and at least ${least} are asked`;
    }
    return lacking(needs, can);
  };
}

function told(exchange: Exchange, against: ReadonlyMap<Target, string>): Record<string, unknown> {
  const reasons = [...against].map(([target, reason]) => `${nameOf(target)}: ${reason}`);
  return { model: exchange.model.slice(0, 200), reasons: reasons.join('; ') };
}
