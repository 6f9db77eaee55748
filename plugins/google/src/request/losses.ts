import type { JsonObject, Loss } from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';

/** Fields of other dialects' requests without which the answer means something else; what is not named here is a hint. */
const contracts: ReadonlySet<string> = new Set([
  'audio',
  'container',
  'documents',
  'function_call',
  'functions',
  'guardrailConfig',
  'guardrail_config',
  'input',
  'mcp_servers',
  'messages',
  'moderation',
  'plugins',
  'prompt',
  'response_format',
  'safety_mode',
  'tool_choice',
  'tools',
  'web_search_options',
]);

/** Collects what a request does not keep on its way to this dialect, each field once. */
export class Losses {
  readonly list: Loss[] = [];
  readonly #fields = new Set<string>();

  readonly add = (loss: Loss): void => {
    const key = `${loss.how} ${loss.field}`;
    if (this.#fields.has(key)) return;
    this.#fields.add(key);
    this.list.push(loss);
  };

  /** A wish that may go unheard. */
  hint(field: string, reason: string, how: Loss['how'] = 'dropped'): void {
    this.add({ field, how, reason, contract: false });
  }

  /** What changes the answer's meaning when it is lost. */
  contract(field: string, reason: string, how: Loss['how'] = 'dropped'): void {
    this.add({ field, how, reason, contract: true });
  }

  /** What came along for other dialects, and goes to no other. */
  foreign(ext: Readonly<Record<string, JsonObject>> | undefined, at: 'request' | 'part'): void {
    for (const [dialect, fields] of Object.entries(ext ?? {})) {
      if (dialect === dialectName || dialect.includes('$')) continue;
      for (const [name, value] of Object.entries(fields)) {
        if (name.startsWith('$') || value === null || value === undefined) continue;
        if (at === 'request' && contracts.has(name)) this.contract(name, 'this API has no such field');
        else this.hint(name, 'this API has no such field');
      }
    }
  }
}
