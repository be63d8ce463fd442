import { test } from 'vitest';
import { killUnderLoad } from './support/killing.ts';

test('kill -9 under load on PostgreSQL: what was acknowledged is there, once, whole, and at the partners', () =>
  killUnderLoad('postgres'));
