/** What a kind of listing is made of. Labels are in the message catalogue under `kinds.<kind>`. */
import type { FieldError, Kind, Price, Unit } from '../types.ts';

/** What else is known of the listing when an attribute is read. */
export type CheckContext = { purpose: string; country?: string };

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
  /** For numbers: no fractions. */
  whole?: boolean;
  /** For texts: gives the one form in which it is kept, or what is wrong with it. */
  read?: (value: string, context: CheckContext) => { value: string } | { error: Omit<FieldError, 'field'> };
  /** For texts: how it is written on a page. */
  show?: (value: string) => string;
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
