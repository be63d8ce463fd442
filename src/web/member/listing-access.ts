/** The part of a listing's form that says for whom it is: everybody, holders of an attestation, or at another price for them. */
import { attestationKinds, inLanguage } from '#domain/attestations/kinds.ts';
import { holdersPrice } from '#domain/hidden-halves.ts';
import { type ListingRow, priceOf } from '#domain/listings.ts';
import { majorUnits } from '#domain/money.ts';
import type { WebDeps } from '../context.ts';
import { type FormState, type Values, choices, input, select, valueOf } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';

const ACCESS = ['all', 'reserved', 'priced'] as const;
const FIELDS = new Set(['access', 'attestations', 'holderPrice']);

/** As the form has it of a saved listing. */
export const accessValues = async (deps: WebDeps, row: ListingRow, t: Translator): Promise<Values> => {
  const price = await holdersPrice(deps.db.read, row);
  return {
    access: row.held?.access ?? 'all',
    attestations: row.held?.codes ?? [],
    holderPrice: price === undefined ? '' : typed(price, t),
  };
};

/** A price as it would be typed: an amount, or hours. */
export const typed = (columns: Parameters<typeof priceOf>[0], t: Translator): string => {
  const price = priceOf(columns);
  const plain =
    price.type === 'money'
      ? majorUnits(price.amount, price.currency).replace(/\.0+$/, '')
      : price.type === 'hours'
        ? String(Number((price.minutes / 60).toFixed(6)))
        : '0';
  return t.locale === 'fr' ? plain.replace('.', ',') : plain;
};

export const accessFields = async (deps: WebDeps, form: FormState, row: ListingRow | undefined): Promise<Html> => {
  const { t } = form;
  const kinds = await attestationKinds(deps.db.read);
  const options = kinds
    .filter((kind) => kind.retired === null || row?.held?.codes.includes(kind.code) === true)
    .map((kind) => ({ value: kind.code, label: inLanguage(kind.names, t.locale, kind.code) }));
  const chosen = ACCESS.find((one) => one === valueOf(form, 'access')) ?? 'all';
  const open = chosen !== 'all' || form.errors.some((error) => FIELDS.has(error.field));
  return html`<details${open ? html` open` : ''}><summary>${chosen === 'all' ? t('attest.write.begin') : t(`attest.write.${chosen}`)}</summary><div class="stack">
${select(
  form,
  'access',
  ACCESS.map((value) => ({ value, label: t(`attest.write.${value}`) })),
  { label: t('fields.access'), hint: t('attest.write.hint') },
)}${choices(form, 'attestations', options, { label: t('fields.attestations'), hint: t('attest.write.codesHint'), many: true })}${input(form, 'holderPrice', { label: t('fields.holderPrice'), hint: t('attest.write.priceHint'), inputmode: 'decimal', short: true })}</div></details>`;
};
