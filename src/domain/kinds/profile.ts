/** What a kind of listing is made of. Labels are in the message catalogue under `kinds.<kind>`. */
import type { Kind, Price, Unit } from '../types.ts';

export type AttributeProfile = {
  key: string;
  type: 'text' | 'textarea' | 'number' | 'bool' | 'choice' | 'choices' | 'time';
  /** For `choice` and `choices`; labels under `kinds.<kind>.options.<key>.<option>`. */
  options?: readonly string[];
  /** For numbers, inclusive. */
  min?: number;
  max?: number;
  /** For texts, in characters. */
  maxLength?: number;
  /** Checked after the type; returns a key under `errors.` or nothing. */
  check?: (value: string, context: { purpose: string; country?: string }) => string | undefined;
};

export type KindProfile = {
  kind: Kind;
  /** First = default. */
  units: readonly Unit[];
  /** How it may be paid for. */
  prices: readonly Price['type'][];
  /** What `quantity` counts: persons that find room, or pieces in stock. */
  quantity: 'capacity' | 'stock' | 'none';
  attributes: readonly AttributeProfile[];
};
