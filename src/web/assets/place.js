// Suggests places while one types; the field works without it, for the server finds the place by its name.
for (const input of document.querySelectorAll('input[data-places]')) {
  const list = document.createElement('datalist');
  list.id = `${input.id}-places`;
  input.after(list);
  input.setAttribute('list', list.id);
  let last = '';
  input.addEventListener('input', async () => {
    const query = input.value.trim();
    if (query.length < 2 || query === last) return;
    last = query;
    const response = await fetch(`/places?q=${encodeURIComponent(query)}`);
    if (!response.ok || query !== last) return;
    const { items } = await response.json();
    list.replaceChildren(...items.map((label) => Object.assign(document.createElement('option'), { value: label })));
  });
}
