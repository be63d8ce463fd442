/** The card that a listing will have, made of what is typed so far by the same function as every other card. */
import { attestationKinds } from '#domain/attestations/kinds.ts';
import { type ReadingContext, examineListing } from '#domain/listing-input.ts';
import { mediaUrl } from '#domain/media.ts';
import type { WebDeps } from '../context.ts';
import { card } from '../ui/components.ts';
import type { Values } from '../ui/forms.ts';
import type { Html } from '../ui/html.ts';
import type { Asked } from '../context.ts';
import type { FormPicture } from './listing-pictures.ts';

/** How a form is read here: towns near the cooperative come first. */
export const readingContext = (deps: WebDeps, asked: Pick<Asked, 'cooperative'>, draft = false): ReadingContext => {
  const { cooperative } = asked;
  const near =
    cooperative?.latitude == null || cooperative.longitude === null
      ? {}
      : { near: { latitude: cooperative.latitude, longitude: cooperative.longitude } };
  return {
    kinds: cooperative?.kinds ?? [],
    findPlace: (name) => deps.places.find(name, near),
    townOf: (place) => deps.places.townOf(place),
    now: deps.site.now(),
    draft,
  };
};

export const previewCard = async (
  deps: WebDeps,
  asked: Asked,
  values: Values,
  pictures: FormPicture[],
): Promise<Html> => {
  const { t, cooperative } = asked;
  const { draft, errors } = examineListing(values, readingContext(deps, asked, true));
  const { price } = draft;
  const open =
    errors.some((error) => ['price', 'priceType', 'currency'].includes(error.field)) ||
    (price.type === 'money' && price.amount === 0) ||
    (price.type === 'hours' && price.minutes === 0);
  const place = draft.precision === 'exact' ? draft.place?.name : (draft.town?.name ?? draft.place?.name);
  const { access } = draft;
  const held = access === undefined || access.for === 'all' ? undefined : { access: access.for, codes: access.codes };
  const kinds = held === undefined ? [] : await attestationKinds(deps.db.read);
  const names = Object.fromEntries(kinds.map((kind) => [kind.code, kind.names]));
  const [first] = held?.access === 'reserved' ? [] : pictures;
  return card(t, {
    title: draft.title === '' ? t('write.untitled') : draft.title,
    kind: draft.kind,
    purpose: draft.purpose,
    ...(open ? {} : { price }),
    unit: draft.unit,
    cooperative: { name: cooperative?.name ?? deps.site.host, host: deps.site.host, own: true },
    ...(held === undefined ? {} : { held: { ...held, names } }),
    ...(place === undefined ? {} : { place }),
    ...(first === undefined ? {} : { picture: { url: mediaUrl(deps.site, first.row.key, 800), alt: first.alt } }),
  });
};
