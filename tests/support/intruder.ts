/** Somebody at a browser, as far as a server sees one: cookies, forms with their tokens, and whatever headers are wanted. */
import { PASSWORD } from './nodes.ts';
import { type Answer, type Shot, shoot } from './shots.ts';

export type Fields = Record<string, string | string[]>;
export type Intruder = {
  cookies: Map<string, string>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** A form without files. `csrf` of the session is added unless it is among the fields or `bare`. */
  post(path: string, fields?: Fields, how?: { headers?: Record<string, string>; bare?: boolean }): Promise<Answer>;
  /** The same, made and not sent. */
  form(path: string, fields?: Fields, how?: { headers?: Record<string, string>; bare?: boolean }): Shot;
  signIn(login: string, password?: string): Promise<Answer>;
  /** The session's own token, as its pages carry it. */
  csrf(): Promise<string>;
};

/** @param from address of this machine, so that one intruder's tries are not another's */
export const intruder = (origin: string, from?: string): Intruder => {
  const cookies = new Map<string, string>();
  let token: string | undefined;
  const headersOf = (more: Record<string, string> = {}): Record<string, string> => ({
    accept: 'text/html',
    'accept-language': 'en',
    ...(cookies.size === 0 ? {} : { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
    ...more,
  });
  const send = async (shot: Shot): Promise<Answer> => {
    const answer = await shoot(shot, from);
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name === undefined || value === undefined) continue;
      if (/max-age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  };
  const form: Intruder['form'] = (path, fields = {}, how = {}) => {
    const body = new URLSearchParams(
      Object.entries({
        ...(how.bare === true || token === undefined ? {} : { csrf: token }),
        ...fields,
      }).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one])),
    );
    return {
      url: `${origin}${path}`,
      method: 'POST',
      headers: headersOf({ 'content-type': 'application/x-www-form-urlencoded', ...how.headers }),
      body: Buffer.from(body.toString()),
    };
  };
  const one: Intruder = {
    cookies,
    get: (path, headers) => send({ url: `${origin}${path}`, method: 'GET', headers: headersOf(headers) }),
    form,
    post: (path, fields, how) => send(form(path, fields, how)),
    csrf: async () => {
      token ??= /name="csrf" value="([^"]+)"/.exec((await one.get('/account')).text)?.[1];
      if (token === undefined) throw new Error('No page of this intruder has a token.');
      return token;
    },
    signIn: async (login, password = PASSWORD) => {
      const answer = await one.post('/sign-in', { login, password }, { bare: true });
      token = undefined;
      if (answer.status === 303) await one.csrf();
      return answer;
    },
  };
  return one;
};
