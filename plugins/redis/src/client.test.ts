import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '@tapgate/core';
import { addressOf } from './address.ts';
import { createConnecting } from './client.ts';
import { patient } from './own-server.test.ts';

test('every connection is of one class, whatever its options, so that trying to connect costs next to nothing', () => {
  const address = addressOf({ url: new Secret('redis://h'), prefix: 'x:', required: false, ...patient });
  const classes = ['one', 'other', 'one'].map((name) => {
    const client = createConnecting(address, 1000, name);
    client.destroy();
    return (client as object).constructor;
  });
  assert.equal(new Set(classes).size, 1);
});
