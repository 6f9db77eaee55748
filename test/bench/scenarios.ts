import type { BodyName } from './bodies.ts';

/** What is measured: a body, how often and how many at a time, and by what multiple of the floor we mean to stay. */
export interface Scenario {
  readonly name: string;
  readonly body: BodyName;
  /** Requests in a round. */
  readonly count: number;
  /** Requests before the first round: until nothing is compiled any more. */
  readonly warmUp: number;
  readonly concurrency: number;
  readonly goal: number;
  /** The client's path at a gateway, where it is not chat. */
  readonly path?: string;
  /** Asked with many plugins and with many models too. */
  readonly laden?: true;
  /** Asked with the plugins that guide traffic too, and by what multiple of the floor we mean to stay then. */
  readonly trafficGoal?: number;
  /** Portkey's gateway is asked too. */
  readonly portkey?: true;
}

const small = { count: 4000, warmUp: 15_000, concurrency: 16 };
const large = { count: 80, warmUp: 200, concurrency: 4 };
const stream = { count: 100, warmUp: 300, concurrency: 8 };

export const scenarios: readonly Scenario[] = [
  {
    name: 'small request, renamed model',
    body: 'small',
    ...small,
    goal: 1.4,
    laden: true,
    trafficGoal: 1.7,
    portkey: true,
  },
  { name: '1 MB, an image', body: 'image', ...large, goal: 1.2, portkey: true },
  { name: '1 MB, prose', body: 'prose', ...large, goal: 1.9 },
  { name: '1 MB, code', body: 'code', ...large, goal: 2.5 },
  { name: '1 MB, 4,200 messages', body: 'many', ...large, goal: 2.8 },
  { name: '300-chunk stream', body: 'stream', ...stream, goal: 1.25, trafficGoal: 1.4, portkey: true },
  { name: '300-chunk stream, paced 2 ms', body: 'paced', count: 96, warmUp: 96, concurrency: 48, goal: 1.25 },
  { name: '300-chunk stream, chat to Responses', body: 'responses', ...stream, goal: 1.5, path: '/v1/responses' },
];
