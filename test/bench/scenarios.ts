import type { BodyName } from './bodies.ts';

/** What is measured: a body, how often and how many at a time, and by what multiple of the floor we mean to stay. */
export interface Scenario {
  readonly name: string;
  readonly body: BodyName;
  readonly count: number;
  readonly concurrency: number;
  readonly goal: number | undefined;
  /** The client's path at a gateway, where it is not chat. */
  readonly path?: string;
  /** Portkey's gateway is asked too. */
  readonly portkey?: true;
}

export const scenarios: readonly Scenario[] = [
  { name: 'small request, renamed model', body: 'small', count: 1500, concurrency: 16, goal: 1.4, portkey: true },
  { name: '1 MB, an image', body: 'image', count: 60, concurrency: 4, goal: 1.2, portkey: true },
  { name: '1 MB, prose', body: 'prose', count: 60, concurrency: 4, goal: 1.9 },
  { name: '1 MB, code', body: 'code', count: 60, concurrency: 4, goal: 2.5 },
  { name: '1 MB, 4,200 messages', body: 'many', count: 60, concurrency: 4, goal: 2.8 },
  { name: '300-chunk stream', body: 'stream', count: 80, concurrency: 8, goal: 1.25, portkey: true },
  { name: '300-chunk stream, paced 2 ms', body: 'paced', count: 96, concurrency: 48, goal: 1.25 },
  {
    name: '300-chunk stream, chat to Responses',
    body: 'responses',
    count: 80,
    concurrency: 8,
    goal: 1.5,
    path: '/v1/responses',
  },
];
