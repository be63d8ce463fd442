// The card beside the form follows what is typed; pictures are uploaded as soon as they are chosen, and put in order
// where they stand. The server draws both, with what it draws every card with; without this script its buttons do the same.
const form = document.querySelector('#listing-form');
const preview = document.querySelector('#preview');
const list = document.querySelector('#f-pictures');
const photos = form.querySelector('input[type="file"]');
const MAX_BYTES = 10 * 1024 * 1024;

document.documentElement.classList.add('scripted');

/** What the form says, files aside. */
const typed = () => {
  const data = new FormData(form);
  data.delete(photos.name);
  const id = /^\/listings\/([0-9a-f-]{36})$/.exec(new URL(form.action).pathname)?.[1];
  if (id !== undefined) data.set('listing', id);
  return data;
};

let asked;
let waiting;
const draw = async () => {
  asked?.abort();
  asked = new AbortController();
  const answer = await fetch('/listings/card', { method: 'POST', body: typed(), signal: asked.signal }).catch(() => {});
  if (answer?.ok) preview.innerHTML = await answer.text();
};
const soon = () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => void draw().catch(() => {}), 250);
};

// A price is asked for only where there is one.
const price = form.elements.namedItem('price');
const priceType = form.elements.namedItem('priceType');
const showPrice = () => {
  const without = ['free', 'quote'].includes(priceType.value);
  price.disabled = without;
  price.closest('.field').classList.toggle('off', without);
};
showPrice();

form.addEventListener('input', soon);
form.addEventListener('change', () => {
  showPrice();
  soon();
});

const settle = () => {
  const items = [...list.children];
  for (const [i, item] of items.entries()) {
    item.querySelector('[value^="up:"]').disabled = i === 0;
    item.querySelector('[value^="down:"]').disabled = i === items.length - 1;
    item.querySelector('label').textContent = item.querySelector('label').textContent.replace(/\d+/, String(i + 1));
    for (const word of item.querySelectorAll('button .visually-hidden'))
      word.textContent = word.textContent.replace(/\d+/, String(i + 1));
  }
  soon();
};

list.addEventListener('click', (event) => {
  const button = event.target.closest('button[name="as"]');
  if (button === null) return;
  event.preventDefault();
  const item = button.closest('li');
  const [way] = button.value.split(':');
  if (way === 'up') item.previousElementSibling?.before(item);
  if (way === 'down') item.nextElementSibling?.after(item);
  const next = way === 'remove' ? (item.nextElementSibling ?? item.previousElementSibling)?.querySelector('input:not([type="hidden"])') : button;
  if (way === 'remove') item.remove();
  settle();
  (next?.disabled ? item.querySelector('button:not(:disabled)') : (next ?? photos)).focus();
});

/** Under the field, as the server would write it. */
const tell = (words) => {
  for (const old of photos.parentElement.querySelectorAll('.error')) old.remove();
  for (const word of words) {
    const line = document.createElement('p');
    line.className = 'error';
    line.setAttribute('role', 'alert');
    line.textContent = word;
    photos.parentElement.append(line);
  }
};

photos.addEventListener('change', async () => {
  if (photos.files.length === 0) return;
  const data = new FormData();
  data.set('csrf', form.elements.namedItem('csrf').value);
  data.set('count', String(list.children.length));
  // What is too large anyway is not sent, but named by the server all the same.
  for (const file of photos.files)
    data.append('photos', file.size > MAX_BYTES ? file.slice(0, MAX_BYTES + 1, file.type) : file, file.name);
  photos.parentElement.classList.add('busy');
  photos.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch('/listings/pictures', { method: 'POST', body: data });
    if (!answer.headers.get('content-type')?.includes('json')) return;
    const { items, errors } = await answer.json();
    const first = list.children.length;
    list.insertAdjacentHTML('beforeend', items);
    photos.value = '';
    tell(errors);
    settle();
    list.children[first]?.querySelector('input:not([type="hidden"])')?.focus();
  } catch {
    // Not reached: the files stay chosen, and go with the form.
  } finally {
    photos.parentElement.classList.remove('busy');
    photos.removeAttribute('aria-busy');
  }
});
