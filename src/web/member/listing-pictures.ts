/** The pictures of the form: taken in at once, so that nothing is lost when the rest has to be mended. */
import { MAX_PICTURES, limitLoose } from '#domain/listing-pictures.ts';
import {
  type PictureRow,
  type PreparedPicture,
  attachPicture,
  mediaUrl,
  preparePicture,
  savePictureFiles,
} from '#domain/media.ts';
import type { SignedIn } from '#domain/sessions.ts';
import type { FieldError } from '#domain/types.ts';
import type { WebDeps } from '../context.ts';
import { type FormState, explain, hidden, input } from '../ui/forms.ts';
import { html, type Html } from '../ui/html.ts';
import type { Translator } from '../ui/locale.ts';

export type FormPicture = { row: PictureRow; alt: string };

/** @returns the rows of those that could be read, and an error with the file's name for each that could not */
export const takePictures = async (
  deps: WebDeps,
  t: Translator,
  viewer: SignedIn,
  files: File[],
  room: number,
): Promise<{ rows: PictureRow[]; errors: FieldError[] }> => {
  const errors: FieldError[] = [];
  if (files.length > room) errors.push({ field: 'photos', code: 'photosTooMany', params: { max: MAX_PICTURES } });
  const prepared: PreparedPicture[] = [];
  for (const file of files.slice(0, Math.max(0, room))) {
    const picture = await preparePicture(Buffer.from(await file.arrayBuffer()));
    if (picture.ok) {
      await savePictureFiles(deps.mediaDir, picture.value);
      prepared.push(picture.value);
    } else
      for (const error of picture.errors)
        errors.push({
          field: 'photos',
          code: 'photo',
          params: { name: file.name.slice(0, 60), why: explain(t, error) },
        });
  }
  if (prepared.length === 0) return { rows: [], errors };
  const now = deps.site.now();
  const rows = await deps.db.write(async (tx) => {
    const saved: PictureRow[] = [];
    for (const picture of prepared)
      saved.push(await attachPicture(tx, now, picture, { owner: viewer.actor.uri, alt: '', position: 0 }));
    await limitLoose(tx, now, viewer.actor.uri);
    return saved;
  });
  return { rows, errors };
};

/** Its small image, what it shows, and its place among the others. */
export const pictureItem = (deps: WebDeps, form: FormState, picture: FormPicture, i: number, count: number): Html => {
  const { t } = form;
  const { id, key } = picture.row;
  const n = i + 1;
  const move = (way: 'up' | 'down' | 'remove', word: string, off: boolean): Html =>
    html`<button class="button plain small-button" name="as" value="${way}:${id}" formnovalidate${off ? html` disabled` : ''}><span aria-hidden="true">${{ up: '↑', down: '↓', remove: '×' }[way]}</span> ${word}<span class="visually-hidden"> ${t('write.pictureN', { n })}</span></button>`;
  return html`<li class="picture" data-picture="${id}"><img src="${mediaUrl(deps.site, key, 320)}" alt="" width="160" height="120"><div class="stack">${hidden(`picture.${id}`, '1')}${input({ ...form, values: { ...form.values, [`alt.${id}`]: picture.alt } }, `alt.${id}`, { label: t('write.altOf', { n }), hint: t('write.altHint') })}
<div class="row">${move('up', t('write.up'), i === 0)}${move('down', t('write.down'), i === count - 1)}${move('remove', t('write.removePicture'), false)}</div></div></li>`;
};

/** A press on one of a picture's buttons. @returns the pictures in their new order, or undefined if it was none */
export const rearranged = (pressed: string, pictures: FormPicture[]): FormPicture[] | undefined => {
  const [way, id] = pressed.split(':');
  const at = pictures.findIndex((picture) => picture.row.id === id);
  if (at < 0) return undefined;
  const picture = pictures[at]!;
  const others = pictures.toSpliced(at, 1);
  if (way === 'remove') return others;
  return way === 'up' || way === 'down' ? others.toSpliced(way === 'up' ? at - 1 : at + 1, 0, picture) : undefined;
};
