import type { Exchange } from './exchange.ts';

/** How much a request matters where there is not room for all, the most important first. */
export const priorities = ['critical', 'normal', 'batch'] as const;

/** One of `priorities`. */
export type Priority = (typeof priorities)[number];

/** How a request's priority is known. */
export interface PriorityRules {
  /** By caller id, before anything else. */
  readonly callers: Readonly<Record<string, Priority>>;
  /** The caller's label that names it. */
  readonly label: string;
  /** The caller's claim that names it, where the label does not. */
  readonly claim?: string;
  /** A header with which a client may lower its own priority, never raise it. */
  readonly header?: string;
  /** Of all others. */
  readonly otherwise: Priority;
}

const one = { type: 'string', enum: priorities } as const;

/** JSON Schema of `PriorityRules`, for a plugin's option. */
export const prioritySchema: object = {
  type: 'object',
  default: {},
  description: 'How a request’s priority is known: critical, normal or batch.',
  properties: {
    callers: { type: 'object', additionalProperties: one, default: {}, description: 'Priorities by caller id.' },
    label: {
      type: 'string',
      minLength: 1,
      default: 'priority',
      description: 'The caller’s label that names it, where `callers` does not.',
    },
    claim: { type: 'string', minLength: 1, description: 'The caller’s claim that names it, where the label does not.' },
    header: {
      type: 'string',
      pattern: '^[a-z0-9-]+$',
      description:
        'A request header, in lower case, with which a client may lower its priority. It never raises it. Absent: none.',
    },
    otherwise: { ...one, default: 'normal', description: 'The priority of all others.' },
  },
  additionalProperties: false,
};

/** How much a request matters. The operator's word counts; a client's can only ask for less. */
export function priorityOf({ caller, headers }: Exchange, rules: PriorityRules): Priority {
  const given =
    (Object.hasOwn(rules.callers, caller.id) ? rules.callers[caller.id] : undefined) ??
    known(caller.labels[rules.label]) ??
    known(rules.claim === undefined ? undefined : caller.claims[rules.claim]) ??
    rules.otherwise;
  const asked = known(rules.header === undefined ? undefined : headers.get(rules.header));
  return asked !== undefined && priorities.indexOf(asked) > priorities.indexOf(given) ? asked : given;
}

function known(value: unknown): Priority | undefined {
  return priorities.find((priority) => priority === value);
}
