/** All kinds by name. */
import type { Kind } from '../types.ts';
import { delivery } from './delivery.ts';
import { food } from './food.ts';
import { goods } from './goods.ts';
import { lodging } from './lodging.ts';
import { making } from './making.ts';
import type { KindProfile } from './profile.ts';
import { service } from './service.ts';

export const KIND_PROFILES: Record<Kind, KindProfile> = { lodging, service, food, making, goods, delivery };
