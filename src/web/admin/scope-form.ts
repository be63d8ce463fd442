/** What is given and what is taken: as a form, as a line of words, and what has changed between two of them. */
import type { Places } from '#domain/places.ts';
import { DATA_CLASSES, OPEN_SCOPE, type Scope, readScope } from '#domain/scopes.ts';
import { type FieldError, KINDS } from '#domain/types.ts';
import type { Posted } from '../context.ts';
import { type FormState, type Values, checkbox, choices, input } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';

const HALVES = ['give', 'take'] as const;
type Half = (typeof HALVES)[number];
type Scopes = Record<Half, Scope>;

/** Both halves. */
export const scopeFields = (form: FormState): Html => html`${HALVES.map((half) => halfOf(form, half))}`;

/** What a field of it is called, on top of the page. */
export const scopeLabel = (t: Translator, field: string): string =>
  /^(?:give|take)\./.test(field) ? t.any(`scopes.fields.${field.slice(5)}`) : t.any(`fields.${field}`);

/** @returns faults of `give.*` and `take.*` */
export const readScopes = (
  form: Posted,
  places: Pick<Places, 'find'>,
): { ok: true; scopes: Scopes } | { ok: false; errors: FieldError[] } => {
  const read = (half: Half) =>
    readScope(
      half,
      {
        kinds: form.all(`${half}.kinds`),
        requests: form.text(`${half}.requests`) === '1',
        data: form.all(`${half}.data`),
        territory: form.text(`${half}.territory`),
        radiusKm: form.text(`${half}.radiusKm`),
      },
      places,
    );
  const [give, take] = [read('give'), read('take')];
  if (give.ok && take.ok) return { ok: true, scopes: { give: give.value, take: take.value } };
  return { ok: false, errors: [give, take].flatMap((one) => (one.ok ? [] : one.errors)) };
};

/** One half of the form. */
const halfOf = (form: FormState, half: Half): Html => {
  const { t } = form;
  return html`<section class="card stack"><h2>${t.any(`scopes.${half}`)}</h2>
${choices(
  form,
  `${half}.kinds`,
  KINDS.map((value) => ({ value, label: t.any(`kinds.${value}.name`) })),
  { label: t('scopes.fields.kinds'), many: true },
)}
${checkbox(form, `${half}.requests`, t('scopes.fields.requests'))}
${choices(
  form,
  `${half}.data`,
  DATA_CLASSES.map((value) => ({ value, label: t.any(`scopes.data.${value}`) })),
  { label: t('scopes.fields.data'), hint: t('scopes.dataHint'), many: true },
)}
<div class="pair">${input(form, `${half}.territory`, { label: t('scopes.fields.territory'), hint: t('scopes.territoryHint'), places: true, autocomplete: 'off' })}${input(form, `${half}.radiusKm`, { label: t('scopes.fields.radiusKm'), inputmode: 'numeric' })}</div></section>`;
};

/** Scopes as their form has them. @param scopes null: everything */
export const scopeValues = (scopes: { give: Scope | null; take: Scope | null }): Values => ({
  ...valuesOf('give', scopes.give),
  ...valuesOf('take', scopes.take),
});
const valuesOf = (half: Half, scope: Scope | null): Values => {
  const { kinds, requests, data, territory } = scope ?? OPEN_SCOPE;
  return {
    [`${half}.kinds`]: kinds,
    [`${half}.requests`]: requests ? '1' : '',
    [`${half}.data`]: data,
    [`${half}.territory`]: territory?.name ?? '',
    [`${half}.radiusKm`]: territory === undefined ? '' : String(territory.radiusKm),
  };
};

/** A scope as one line. */
export const inWords = (t: Translator, scope: Scope | null): string => {
  const { kinds, requests, data, territory } = scope ?? OPEN_SCOPE;
  if (kinds.length === 0) return t('scopes.nothing');
  return [
    kinds.length === KINDS.length ? t('scopes.allKinds') : kinds.map((kind) => t.any(`kinds.${kind}.name`)).join(', '),
    requests ? t('scopes.withRequests') : t('scopes.offersOnly'),
    ...(territory === undefined ? [] : [t('scopes.within', { km: territory.radiusKm, place: territory.name })]),
    ...data.map((one) => t.any(`scopes.data.${one}`)),
  ].join(' · ');
};

/** What `after` has more and less than `before`, each in words. */
export const differences = (t: Translator, before: Scope, after: Scope): string[] => {
  const names = (prefix: string, from: readonly string[], without: readonly string[]): string =>
    from
      .filter((one) => !without.includes(one))
      .map((one) => t.any(prefix === 'kinds' ? `kinds.${one}.name` : `scopes.data.${one}`))
      .join(', ');
  const place = (scope: Scope): string =>
    scope.territory === undefined
      ? t('handshake.everywhere')
      : t('scopes.within', { km: scope.territory.radiusKm, place: scope.territory.name });
  const [more, less] = [names('kinds', after.kinds, before.kinds), names('kinds', before.kinds, after.kinds)];
  const [moreData, lessData] = [names('data', after.data, before.data), names('data', before.data, after.data)];
  return [
    ...(more === '' ? [] : [t('handshake.more', { what: more })]),
    ...(less === '' ? [] : [t('handshake.less', { what: less })]),
    ...(before.requests === after.requests
      ? []
      : [t(after.requests ? 'handshake.moreRequests' : 'handshake.lessRequests')]),
    ...(moreData === '' ? [] : [t('handshake.more', { what: moreData })]),
    ...(lessData === '' ? [] : [t('handshake.less', { what: lessData })]),
    ...(place(before) === place(after) ? [] : [t('handshake.place', { before: place(before), after: place(after) })]),
  ];
};
