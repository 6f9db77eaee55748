import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGateway, type LiveGateway, Secret } from '@tapgate/core';
import echo from '@tapgate/echo';
import { pino } from 'pino';
import keyAuth, { commands, createKey, type StoredKey } from './index.ts';
import { keyId, sameHash } from './key.ts';
import { Tries } from './tries.ts';

const pepper = 'a pepper of some length';
