import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveExchange } from './live-exchange.ts';
import { OpenExchanges } from './open-exchanges.ts';

const exchange = (id: string): LiveExchange => ({ id, place: -1 }) as unknown as LiveExchange;
const idsIn = (open: OpenExchanges): string[] => [...open].map(({ id }) => id).toSorted();

test('whatever order exchanges end in, those that are open are the others', () => {
  const all = ['a', 'b', 'c', 'd'].map(exchange);
  for (const first of all)
    for (const second of all) {
      const open = new OpenExchanges();
      for (const each of all) open.add(each);
      open.delete(first);
      open.delete(second);
      const left = all.filter((each) => each !== first && each !== second).map(({ id }) => id);
      assert.deepEqual([idsIn(open), open.size], [left, left.length]);
    }
});

test('one that is not open is not taken out a second time', () => {
  const open = new OpenExchanges();
  const [once, stays] = [exchange('once'), exchange('stays')];
  open.add(once);
  open.add(stays);
  open.delete(once);
  open.delete(once);
  assert.deepEqual(idsIn(open), ['stays']);
});

test('who ends while all are told is told all the same', () => {
  const open = new OpenExchanges();
  for (const id of ['a', 'b', 'c']) open.add(exchange(id));
  const told: string[] = [];
  for (const each of open) {
    told.push(each.id);
    open.delete(each);
  }
  assert.deepEqual([told, open.size], [['a', 'b', 'c'], 0]);
});
