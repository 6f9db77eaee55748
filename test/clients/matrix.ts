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

/** Runs a scene for each client, each dialect of providers and both ways of answering. */
export function eachCell(
  scene: string,
  act: (cell: Cell) => Promise<void>,
  leaves: (cell: Omit<Cell, 'stage'>) => string | false = () => false,
): void {
  const stage = theStage();
  for (const client of clients) {
    for (const vendor of vendors) {
      for (const streamed of [false, true]) {
        const cell = { client, vendor, streamed };
        const name = `${client.name} → ${vendor.dialect}: ${scene}, ${streamed ? 'streamed' : 'whole'}`;
        test(name, { skip: leftOut(client.needs) || leaves(cell) }, () => act({ ...cell, stage }));
      }
    }
  }
}
