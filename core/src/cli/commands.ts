import type { Command } from './command.ts';
import { check } from './check.ts';
import { explain } from './explain.ts';
import { init } from './init.ts';
import { schema } from './schema.ts';
import { start } from './start.ts';

/** Core's own commands, in the order in which they are needed. */
export const commands: readonly Command[] = [start, init, check, schema, explain];
