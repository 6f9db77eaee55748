import { createHash } from 'node:crypto';
import type { Exchange, Target } from '@tapgate/core';

/** One thing that a limit tells requests apart by. */
export interface Part {
  /** As the config says it: `tenant`, `label:team`. */
  readonly name: string;
  /** It is known of attempts only. */
  readonly ofAttempt: boolean;
  /** Who may give it any value: a client, of which `own` values count within its caller, or nobody. */
  readonly chosen: 'own' | 'common' | undefined;
  /** Empty where the request has none. */
  read(exchange: Exchange, target: Target | undefined): string;
}

type Read = Part['read'];

const plain: Readonly<Record<string, Read>> = {
  key: ({ caller }) => said(caller.claims['keyId']) ?? caller.id,
  caller: ({ caller }) => caller.id,
  tenant: ({ caller }) => caller.tenant,
  dialect: ({ dialect }) => dialect,
  operation: ({ operation }) => operation,
};
const own: Readonly<Record<string, Read>> = {
  user: ({ user }) => user ?? '',
  session: ({ session }) => session ?? '',
};
const common: Readonly<Record<string, Read>> = {
  model: ({ model }) => model,
  address: ({ address }) => network(address),
};
const ofAttempt: Readonly<Record<string, Read>> = {
  provider: (_, target) => target?.provider ?? '',
  target: (_, target) => (target === undefined ? '' : `${target.provider}/${target.model}`),
  credential: (_, target) => (target === undefined ? '' : `${target.provider}#${target.credential ?? ''}`),
};

/** Every part that has no name of its own behind it. */
export const partNames: readonly string[] = [plain, own, common, ofAttempt].flatMap((table) => Object.keys(table));

/** The part of that name, or nothing where there is none. */
export function partOf(name: string): Part | undefined {
  const found = (table: Readonly<Record<string, Read>>): Read | undefined =>
    Object.hasOwn(table, name) ? table[name] : undefined;
  const made = (read: Read | undefined, chosen: Part['chosen'], attempt = false): Part | undefined =>
    read && { name, read, chosen, ofAttempt: attempt };
  return (
    made(found(plain), undefined) ??
    made(found(own), 'own') ??
    made(found(common), 'common') ??
    made(found(ofAttempt), undefined, true) ??
    made(trusted(name), undefined) ??
    made(header(name), 'own')
  );
}

/** Reads `label:NAME` or `claim:NAME`: what admitted the caller says of it, and the client cannot change. */
export function trusted(name: string): Read | undefined {
  const [, kind, word = ''] = /^(label|claim):(.+)$/.exec(name) ?? [];
  if (kind === 'label') return ({ caller }) => caller.labels[word] ?? '';
  if (kind === 'claim') return ({ caller }) => said(caller.claims[word]) ?? '';
  return undefined;
}

function header(name: string): Read | undefined {
  const word = /^header:(.+)$/.exec(name)?.[1]?.toLowerCase();
  return word === undefined ? undefined : ({ headers }) => headers.get(word) ?? '';
}

function said(claim: unknown): string | undefined {
  if (typeof claim === 'string') return claim;
  return typeof claim === 'number' || typeof claim === 'boolean' ? String(claim) : undefined;
}

/** Whoever has one address of IPv6 has the 2⁶⁴ of its network. */
function network(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [head = '', tail = ''] = address.split('%')[0]?.split('::') ?? [];
  const groups = head.split(':').filter((group) => group !== '');
  const behind = tail.split(':').filter((group) => group !== '');
  const all = [...groups, ...Array<string>(Math.max(0, 8 - groups.length - behind.length)).fill('0'), ...behind];
  return `${all.slice(0, 4).join(':')}::/64`;
}

const maxBytes = 64;

/** A value as it may stand in a counter's key: short, and without the marks between values. */
export function keyText(value: string): string {
  if (value.length > maxBytes) return `~${createHash('sha256').update(value).digest('base64url')}`;
  return /[^\w.@/+:-]/.test(value) ? encodeURIComponent(value.toWellFormed()).replaceAll('~', '%7E') : value;
}
