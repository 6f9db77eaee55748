import { after, before, test } from 'node:test';
import { leftOut } from './installed.ts';
import { clients } from './speakers/index.ts';
import { openStage, type Stage } from './stage.ts';
import { vendors } from './vendors/index.ts';
import type { Vendor } from './vendors/vendor.ts';
import type { Client } from './wish.ts';

/** One cell of the matrix. */
export interface Cell {
  readonly client: Client;
  readonly vendor: Vendor;
  readonly streamed: boolean;
  readonly stage: () => Stage;
}

/** A stage that is open while the tests of a file run. */
export function theStage(unsupported: 'refuse' | 'drop' = 'refuse'): () => Stage {
  let stage: Stage;
  before(async () => {
    stage = await openStage(unsupported);
  });
  after(() => stage[Symbol.asyncDispose]());
  return () => stage;
}

let shared: (() => Stage) | undefined;

/** Which cells a scene is for. */
export interface Cells {
  readonly clients?: readonly Client[];
  /** The ways of answering; both where it does not say. */
  readonly streamed?: readonly boolean[];
  /** Why a client is left out. */
  readonly leavesOut?: (client: Client) => string | false;
}

/** Runs a scene for each client, each dialect of providers and both ways of answering, on one stage for the file. */
export function eachCell(scene: string, act: (cell: Cell) => Promise<void>, cells: Cells = {}): void {
  const stage = (shared ??= theStage());
  const { clients: wanted = clients, streamed: forms = [false, true], leavesOut = () => false } = cells;
  for (const client of wanted) {
    for (const vendor of vendors) {
      for (const streamed of forms) {
        const name = `${client.name} → ${vendor.dialect}: ${scene}, ${streamed ? 'streamed' : 'whole'}`;
        const skip = leftOut(client.needs) || leavesOut(client);
        test(name, { skip }, () => act({ client, vendor, streamed, stage }));
      }
    }
  }
}
