/** Reads the attributes that belong to one kind alone. */
import type { AttributeProfile, CheckContext, KindProfile } from './kinds/profile.ts';
import type { RawListing } from './listing-input.ts';
import { decimal, many, one } from './read.ts';
import { checkText } from './text.ts';
import type { Attributes, FieldError } from './types.ts';

/** @param errors takes one fault per attribute, its field named `attributes.<key>` */
export const readAttributes = (
  raw: RawListing,
  profile: KindProfile,
  context: CheckContext,
  errors: FieldError[],
): Attributes => {
  const values: Attributes = {};
  for (const attribute of profile.attributes) {
    const outcome = readAttribute(attribute, raw[`attributes.${attribute.key}`], context);
    if ('error' in outcome) errors.push({ ...outcome.error, field: `attributes.${attribute.key}` });
    else if (outcome.value !== undefined) values[attribute.key] = outcome.value;
  }
  return values;
};

type Outcome = { value?: string | number | boolean | string[] } | { error: Omit<FieldError, 'field'> };

const readAttribute = (
  attribute: AttributeProfile,
  given: string | string[] | undefined,
  context: CheckContext,
): Outcome => {
  const text = one(given).trim();
  const options = attribute.options ?? [];
  switch (attribute.type) {
    case 'bool':
      return ['1', 'on', 'true', 'yes', 'oui'].includes(text.toLowerCase()) ? { value: true } : {};
    case 'choices': {
      const chosen = [...new Set(many(given))];
      const wrong = chosen.find((option) => !options.includes(option));
      if (wrong !== undefined) return { error: { code: 'choice', params: { allowed: options.join(', ') } } };
      return chosen.length > 0 ? { value: chosen } : {};
    }
    case 'choice':
      if (text === '') return {};
      return options.includes(text)
        ? { value: text }
        : { error: { code: 'choice', params: { allowed: options.join(', ') } } };
    case 'number': {
      if (text === '') return {};
      const value = decimal(text);
      const [min, max] = [attribute.min ?? 0, attribute.max ?? 1e6];
      const fits = value !== undefined && value >= min && value <= max;
      if (attribute.whole === true)
        return fits && Number.isInteger(value) ? { value } : { error: { code: 'wholeNumber', params: { min, max } } };
      return fits ? { value } : { error: { code: 'number', params: { min, max } } };
    }
    case 'time':
      if (text === '') return {};
      return /^([01]\d|2[0-3]):[0-5]\d$/.test(text) ? { value: text } : { error: { code: 'time' } };
    default: {
      if (text === '') return {};
      const [wrong] = checkText(attribute.key, text, { max: attribute.maxLength ?? 500 });
      if (wrong !== undefined) return { error: wrong };
      const read = attribute.read?.(text, context) ?? { value: text };
      return read;
    }
  }
};
