/** Somebody before a browser without JavaScript: opens pages, fills in forms as they stand there, keeps cookies. */
import { DomUtils, parseDocument } from 'htmlparser2';
import { PASSWORD, type TestNode } from './nodes.ts';

type Element = ReturnType<typeof DomUtils.getElementsByTagName>[number];
export type Filled = Record<string, string | string[] | File[]>;
export type Visited = {
  status: number;
  /** Path and query where it ended, after redirects. */
  path: string;
  html: string;
  /** `cache-control`. */
  cache: string;
  /** Text of the first element of this id, class (`.x`) or tag, blanks made one; '' if there is none. */
  text(what: string): string;
  all(what: string): Element[];
  /** What a form would send as it stands. @param action of the form; absent = the first in `main` that posts */
  values(action?: string): Record<string, string[]>;
  /** What the summary on top says, and whether each of its links leads to a field that says the same. */
  faults(): { field: string; message: string; tied: boolean }[];
};
export type Visitor = {
  open(path: string): Promise<Visited>;
  /** Fills in a form of a page and sends it. @param how.button name and value of the button that is pressed */
  send(page: Visited, filled: Filled, how?: { action?: string; button?: [string, string] }): Promise<Visited>;
  signIn(login: string, password?: string): Promise<Visited>;
  cookie(name: string): string | undefined;
};

let visitors = 0;

export const visit = (node: TestNode, language = 'fr', userAgent = 'A visitor'): Visitor => {
  const cookies = new Map<string, string>();
  const env = { incoming: { socket: { remoteAddress: `192.0.2.${(visitors = (visitors + 1) % 250)}` } } };

  const ask = async (path: string, init: RequestInit = {}): Promise<Visited> => {
    const url = new URL(path, node.origin);
    const request = new Request(url, {
      ...init,
      redirect: 'manual',
      headers: {
        'accept-language': language,
        'user-agent': userAgent,
        'sec-fetch-site': 'same-origin',
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      },
    });
    const answer = await node.fetch(request, env);
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /max-age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    const to = answer.headers.get('location');
    if (answer.status === 303 && to !== null) return ask(to);
    const cache = answer.headers.get('cache-control') ?? '';
    return { ...read(answer.status, `${url.pathname}${url.search}`, await answer.text()), cache };
  };

  return {
    open: (path) => ask(path),
    send: (page, filled, how = {}) => {
      const form = formOf(page, how.action);
      const body = new FormData();
      const values: Filled = { ...fieldsOf(form), ...filled };
      if (how.button !== undefined) values[how.button[0]] = how.button[1];
      for (const [name, value] of Object.entries(values))
        for (const one of typeof value === 'string' ? [value] : value) body.append(name, one);
      const fields = new URLSearchParams();
      for (const [name, value] of body) if (typeof value === 'string') fields.append(name, value);
      const multipart = form.attribs['enctype'] === 'multipart/form-data';
      return ask(form.attribs['action'] ?? page.path, { method: 'POST', body: multipart ? body : fields });
    },
    signIn: async (login, password = PASSWORD) => {
      const page = await ask('/sign-in');
      const fields = new URLSearchParams({ next: '/', login, password });
      const answer = await ask('/sign-in', { method: 'POST', body: fields });
      if (answer.status !== 200 || answer.path !== '/') throw new Error(`${login} cannot sign in: ${page.status}`);
      return answer;
    },
    cookie: (name) => cookies.get(name),
  };
};

const read = (status: number, path: string, text: string): Omit<Visited, 'cache'> => {
  const document = parseDocument(text);
  const all = (what: string): Element[] => {
    const test = (element: Element): boolean =>
      what.startsWith('.')
        ? (element.attribs['class'] ?? '').split(' ').includes(what.slice(1))
        : what.startsWith('#')
          ? element.attribs['id'] === what.slice(1)
          : element.name === what;
    return DomUtils.findAll(test, document.children);
  };
  const page: Omit<Visited, 'cache'> = {
    status,
    path,
    html: text,
    all,
    text: (what) => wordsOf(all(what)[0]),
    values: (action) => fieldsOf(formOf(page, action)),
    faults: () =>
      all('.summary').flatMap((summary) =>
        DomUtils.getElementsByTagName('li', summary).map((item) => {
          const [link] = DomUtils.getElementsByTagName('a', item);
          const id = (link?.attribs['href'] ?? '').slice(1);
          const message = wordsOf(item)
            .slice(wordsOf(link).length)
            .replace(/^\s*:\s*/, '');
          const [field] = all(`#${id}`);
          const [said] = all(`#${id}-error`);
          const tied =
            field !== undefined &&
            wordsOf(said).includes(message) &&
            (field.name === 'fieldset' || (field.attribs['aria-describedby'] ?? '').split(' ').includes(`${id}-error`));
          return { field: field?.attribs['name'] ?? id.replace(/^f-/, ''), message, tied };
        }),
      ),
  };
  return page;
};

const wordsOf = (element: Element | undefined): string =>
  element === undefined ? '' : DomUtils.textContent(element).replaceAll(/\s+/g, ' ').trim();

const formOf = (page: Omit<Visited, 'cache'>, action: string | undefined): Element => {
  const [main] = page.all('main');
  const form = DomUtils.getElementsByTagName('form', main ?? []).find(
    (one) => one.attribs['method'] === 'post' && (action === undefined || one.attribs['action'] === action),
  );
  if (form === undefined)
    throw new Error(`No form ${action ?? ''} at ${page.path} (${page.status}): ${page.text('h1')}`);
  return form;
};

/** What a browser would send: text, what is checked, what is selected; no files, no buttons. */
const fieldsOf = (form: Element): Record<string, string[]> => {
  const values: Record<string, string[]> = {};
  const add = (name: string | undefined, value: string): void => {
    if (name !== undefined) values[name] = [...(values[name] ?? []), value];
  };
  for (const field of DomUtils.findAll((one) => ['input', 'textarea', 'select'].includes(one.name), form.children)) {
    const { name, type, value = '', checked } = field.attribs;
    if (field.name === 'textarea') add(name, DomUtils.textContent(field));
    else if (field.name === 'select') {
      const options = DomUtils.getElementsByTagName('option', field);
      const chosen = options.find((option) => option.attribs['selected'] !== undefined) ?? options[0];
      add(name, chosen?.attribs['value'] ?? '');
    } else if (type === 'checkbox' || type === 'radio') {
      if (checked !== undefined) add(name, value === '' ? 'on' : value);
    } else if (type !== 'file') add(name, value);
  }
  return values;
};
