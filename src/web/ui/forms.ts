/** Fields that keep what was typed and say under themselves what is wrong. */
import type { FieldError } from '#domain/types.ts';
import { html, type Html } from './html.ts';
import type { Translator } from './locale.ts';

export type Values = Record<string, string | string[] | undefined>;
export type FormState = { t: Translator; values: Values; errors: FieldError[]; csrf?: string };
type FieldOptions = {
  label: string;
  hint?: string;
  type?: string;
  required?: boolean;
  autocomplete?: string;
  min?: string;
  max?: string;
  step?: string;
  inputmode?: string;
  places?: boolean;
  /** A few characters: no need of the whole line. */
  short?: boolean;
  rows?: number;
};

/** @returns the value typed before, as one text */
export const valueOf = (form: FormState, name: string): string => {
  const value = form.values[name];
  return Array.isArray(value) ? (value[0] ?? '') : (value ?? '');
};
const valuesOf = (form: FormState, name: string): string[] => {
  const value = form.values[name];
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
};
const idOf = (name: string): string => `f-${name.replaceAll('.', '-')}`;

/** What an error says, naming the remedy. */
export const explain = (t: Translator, error: FieldError): string => t.any(`errors.${error.code}`, error.params ?? {});

const errorsOf = (form: FormState, name: string): FieldError[] => form.errors.filter((error) => error.field === name);
const below = (form: FormState, name: string, hint: string | undefined): Html =>
  html`${hint === undefined ? '' : html`<p class="hint" id="${idOf(name)}-hint">${hint}</p>`}${errorsOf(form, name).map((error, i) => html`<p class="error"${i === 0 ? html` id="${idOf(name)}-error"` : ''}>${explain(form.t, error)}</p>`)}`;
/** What is wrong with something that is no field of its own. */
export const errorsBelow = (form: FormState, name: string): Html => below(form, name, undefined);
const attributes = (form: FormState, name: string, options: { hint?: string; required?: boolean }): Html => {
  const wrong = errorsOf(form, name).length > 0;
  const described = [options.hint === undefined ? '' : `${idOf(name)}-hint`, wrong ? `${idOf(name)}-error` : '']
    .filter((id) => id !== '')
    .join(' ');
  return html`${described === '' ? '' : html` aria-describedby="${described}"`}${wrong ? html` aria-invalid="true"` : ''}${options.required === true ? html` required` : ''}`;
};

export const input = (
  form: FormState,
  name: string,
  o: FieldOptions,
): Html => html`<div class="field${o.short === true ? ' short' : ''}"><label for="${idOf(name)}">${o.label}</label>
<input id="${idOf(name)}" name="${name}" type="${o.type ?? 'text'}"${o.type === 'password' ? '' : html` value="${valueOf(form, name)}"`}${o.autocomplete === undefined ? '' : html` autocomplete="${o.autocomplete}"`}${o.min === undefined ? '' : html` min="${o.min}"`}${o.max === undefined ? '' : html` max="${o.max}"`}${o.step === undefined ? '' : html` step="${o.step}"`}${o.inputmode === undefined ? '' : html` inputmode="${o.inputmode}"`}${o.places === true ? html` data-places` : ''}${attributes(form, name, o)}>
${below(form, name, o.hint)}</div>`;

export const textarea = (
  form: FormState,
  name: string,
  o: FieldOptions,
): Html => html`<div class="field"><label for="${idOf(name)}">${o.label}</label>
<textarea id="${idOf(name)}" name="${name}" rows="${o.rows ?? 6}"${attributes(form, name, o)}>${valueOf(form, name)}</textarea>
${below(form, name, o.hint)}</div>`;

/** One or several pictures, or what `accept` says. Browsers send no file back: what was chosen is kept by the page that asks. */
export const fileInput = (
  form: FormState,
  name: string,
  o: { label: string; hint?: string; many?: boolean; accept?: string; required?: boolean },
): Html => html`<div class="field"><label for="${idOf(name)}">${o.label}</label>
<input id="${idOf(name)}" type="file" name="${name}" accept="${o.accept ?? 'image/jpeg,image/png,image/webp,image/avif'}"${o.many === true ? html` multiple` : ''}${attributes(form, name, o)}>
${below(form, name, o.hint)}</div>`;

export type Option = { value: string; label: string };
export const select = (
  form: FormState,
  name: string,
  options: Option[],
  o: FieldOptions,
): Html => html`<div class="field"><label for="${idOf(name)}">${o.label}</label>
<select id="${idOf(name)}" name="${name}"${attributes(form, name, o)}>${options.map((one) => html`<option value="${one.value}"${valueOf(form, name) === one.value ? html` selected` : ''}>${one.label}</option>`)}</select>
${below(form, name, o.hint)}</div>`;

/** Radio buttons, or checkboxes when `many`. */
export const choices = (
  form: FormState,
  name: string,
  options: Option[],
  o: { label: string; hint?: string; many?: boolean },
): Html => html`<fieldset class="field" id="${idOf(name)}"><legend>${o.label}</legend>
<div class="options">${options.map((one) => html`<label><input type="${o.many === true ? 'checkbox' : 'radio'}" name="${name}" value="${one.value}"${valuesOf(form, name).includes(one.value) ? html` checked` : ''}> ${one.label}</label>`)}</div>
${below(form, name, o.hint)}</fieldset>`;

export const checkbox = (form: FormState, name: string, label: string, hint?: string): Html =>
  html`<div class="field"><div class="options"><label><input id="${idOf(name)}" type="checkbox" name="${name}" value="1"${valueOf(form, name) === '1' ? html` checked` : ''}${attributes(form, name, hint === undefined ? {} : { hint })}> ${label}</label></div>${below(form, name, hint)}</div>`;

export const hidden = (name: string, value: string): Html =>
  html`<input type="hidden" name="${name}" value="${value}">`;
export const csrfField = (form: { csrf?: string }): Html | '' =>
  form.csrf === undefined ? '' : hidden('csrf', form.csrf);
export const button = (label: string | Html, kind: '' | 'plain' | 'danger' = '', name?: string, value?: string): Html =>
  html`<button class="button ${kind}"${name === undefined ? '' : html` name="${name}" value="${value ?? ''}"`}>${label}</button>`;

/** A form of one button: for a change that needs no more to be said. */
export const act = (
  action: string,
  csrf: string,
  label: string | Html,
  kind: '' | 'plain' | 'danger' = 'plain',
  fields: Record<string, string> = {},
): Html =>
  html`<form method="post" action="${action}">${hidden('csrf', csrf)}${Object.entries(fields).map(([name, value]) => hidden(name, value))}${button(label, kind)}</form>`;

/** All that is wrong, on top, each a link to its field. */
export const errorSummary = (form: FormState, labels: (field: string) => string): Html | '' =>
  form.errors.length === 0
    ? ''
    : html`<div class="summary" role="alert" tabindex="-1"><h2>${form.t('forms.problems', { n: form.errors.length })}</h2><ul>${form.errors.map((error) => html`<li><a href="#${idOf(error.field)}">${labels(error.field)}</a>${form.t('forms.colon')}${explain(form.t, error)}</li>`)}</ul></div>`;
