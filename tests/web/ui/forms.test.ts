import { expect, test } from 'vitest';
import { choices, errorSummary, type FormState, input, select, textarea } from '#web/ui/forms.ts';
import { safeUrl, sanitised } from '#web/ui/html.ts';
import { layout } from '#web/ui/layout.ts';
import { translator } from '#web/ui/locale.ts';

const t = translator('fr');
const form: FormState = {
  t,
  values: {
    title: 'Une "chambre" <claire>',
    text: 'a</textarea><script>',
    kind: 'food',
    amenities: ['wifi', 'garden'],
    password: 'secret',
  },
  errors: [{ field: 'title', code: 'tooLong', params: { max: 120 } }],
};
const text = async (part: unknown): Promise<string> => String(await part);

test('what was typed comes back, and stays text', async () => {
  expect(await text(input(form, 'title', { label: 'Titre' }))).toContain(
    'value="Une &quot;chambre&quot; &lt;claire&gt;"',
  );
  expect(await text(textarea(form, 'text', { label: 'Texte' }))).toContain('a&lt;/textarea&gt;&lt;script&gt;');
});

test('a password is never sent back', async () => {
  expect(await text(input(form, 'password', { label: 'Mot de passe', type: 'password' }))).not.toContain('secret');
});

test('an error stands under its field, is tied to it, and says what would be right', async () => {
  const field = await text(input(form, 'title', { label: 'Titre', hint: 'Court' }));
  expect(field).toContain('aria-describedby="f-title-hint f-title-error"');
  expect(field).toContain('aria-invalid="true"');
  expect(field).toMatch(/<p class="error" id="f-title-error">[^<]*120[^<]*<\/p>/);
});

test('the summary on top leads to each field that is wrong', async () => {
  const summary = await text(errorSummary(form, () => 'Titre'));
  expect(summary).toContain('role="alert"');
  expect(summary).toContain('href="#f-title"');
  expect(await text(errorSummary({ ...form, errors: [] }, () => ''))).toBe('');
});

test('what was chosen stays chosen', async () => {
  const options = ['wifi', 'kitchen', 'garden'].map((value) => ({ value, label: value }));
  expect(
    (await text(choices(form, 'amenities', options, { label: 'Équipements', many: true }))).match(
      /value="(\w+)" checked/g,
    ),
  ).toEqual(['value="wifi" checked', 'value="garden" checked']);
  expect(
    await text(
      select(
        form,
        'kind',
        [
          { value: 'goods', label: 'Objets' },
          { value: 'food', label: 'Alimentation' },
        ],
        { label: 'Sorte' },
      ),
    ),
  ).toContain('value="food" selected');
});

test.each([
  ['javascript:alert(1)', '#'],
  ['data:text/html,x', '#'],
  ['//evil.example/x', '#'],
  ['https://lyon.example/@zoe', 'https://lyon.example/@zoe'],
  ['/listings', '/listings'],
])('a link %s from elsewhere becomes %s', (url, shown) => {
  expect(safeUrl(url)).toBe(shown);
});

test('a page says its language, its cooperative, what is new, and lets one skip to what matters', async () => {
  const page = await text(
    layout(
      {
        t,
        path: '/follows',
        cooperative: { name: 'Les Volets <Ouverts>', accent: '#1C6349' },
        viewer: { handle: 'lucien', role: 'admin', unread: 3, csrf: 'abc' },
      },
      { title: 'Suivis' },
      sanitised('<h1>Suivis</h1>'),
    ),
  );
  expect(page).toContain('<html lang="fr">');
  expect(page).toContain('Les Volets &lt;Ouverts&gt;');
  expect(page).toContain('href="#main"');
  expect(page).toContain('href="/assets/accent-1C6349.css"');
  expect(page.match(/href="([^"]+)" aria-current="page"/g)).toEqual(['href="/follows" aria-current="page"']);
  expect(page).toMatch(/class="unread">3</);
  expect(page).toContain('href="/admin"');
  expect(page).toContain('AGPL');
});

test('who is not signed in is shown the way in, and no more', async () => {
  const page = await text(
    layout(
      { t, path: '/', cooperative: { name: 'Volets', accent: '#1C6349' } },
      { title: 'Volets' },
      sanitised('<h1>Volets</h1>'),
    ),
  );
  expect(page).toContain('href="/sign-in"');
  expect(page).toContain('href="/sign-up"');
  expect(page).not.toMatch(/href="\/(?:admin|account|conversations|listings\/new)"/);
});

test('a title in the data for machines cannot end its element', async () => {
  const page = await text(
    layout(
      { t, path: '/listings/x' },
      { title: 'x', jsonLd: { name: '</script><script>alert(1)</script>' } },
      sanitised(''),
    ),
  );
  expect(page).not.toContain('<script>alert');
});
