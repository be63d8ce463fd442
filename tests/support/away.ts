/** Somebody at a browser who goes from one node to another: cookies by host, redirects followed wherever they lead. */
import { setScopes } from '#domain/peer-scopes.ts';
import { findPeerByHost } from '#domain/peers.ts';
import { OPEN_SCOPE } from '#domain/scopes.ts';
import { type TestNode, PASSWORD, until } from './nodes.ts';
import { peerUp } from './peers.ts';
import { type Answer, shoot } from './shots.ts';

/** Both let their members sign in at the other. */
export const trust = async (a: TestNode, b: TestNode): Promise<void> => {
  await peerUp(a, b);
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const peer = (await findPeerByHost(one.db.read, other.host))!;
    const scope = { ...OPEN_SCOPE, data: [...OPEN_SCOPE.data, 'signIn' as const] };
    const done = await one.db.write((tx) => setScopes(tx, one.site, peer.id, { give: scope, take: scope }));
    if (!done.ok) throw new Error(JSON.stringify(done.errors));
  }
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const)
    await until(
      'each knows what the other gives',
      async () => (await findPeerByHost(one.db.read, other.host))?.theirGive?.data.includes('signIn') === true,
    );
};

export type Page = Answer & { url: string };
export type Traveller = {
  /** Cookies by host. */
  jars: Map<string, Map<string, string>>;
  /** GET, following redirects. @param stop is asked of each address before it is gone to */
  open(url: string, stop?: (url: string) => boolean): Promise<Page>;
  /** A form, following redirects. */
  send(url: string, fields: Record<string, string>, stop?: (url: string) => boolean): Promise<Page>;
};

/** @param from address of this machine, so that one's tries are not another's */
export const traveller = (language = 'fr', from?: string): Traveller => {
  const jars: Traveller['jars'] = new Map();
  const go = async (
    method: string,
    url: string,
    body: string | undefined,
    stop: (url: string) => boolean,
    hops = 0,
  ): Promise<Page> => {
    if (stop(url) || hops > 12) return { status: 0, headers: new Headers(), text: '', url };
    const { host } = new URL(url);
    const jar = jars.get(host) ?? new Map<string, string>();
    jars.set(host, jar);
    const answer = await shoot(
      {
        url,
        method,
        headers: {
          accept: 'text/html',
          'accept-language': language,
          ...(jar.size === 0 ? {} : { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') }),
          ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        },
        ...(body === undefined ? {} : { body: Buffer.from(body) }),
      },
      from,
    );
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    const to = answer.headers.get('location');
    if (to === null || answer.status < 300 || answer.status > 399) return { ...answer, url };
    return go('GET', new URL(to, url).href, undefined, stop, hops + 1);
  };
  const never = (): boolean => false;
  return {
    jars,
    open: (url, stop = never) => go('GET', url, undefined, stop),
    send: (url, fields, stop = never) => go('POST', url, new URLSearchParams(fields).toString(), stop),
  };
};

/** What a form's hidden field holds. */
export const hiddenIn = (page: Page, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(page.text)?.[1] ?? '';

/** Goes from `at` to the home of a member, signs in there, and stands before the question. */
export const toConsent = async (who: Traveller, at: TestNode, home: TestNode, handle: string): Promise<Page> => {
  const door = await who.send(`${at.origin}/sign-in/cooperative`, { home: home.host, next: '/listings' });
  if (!door.url.startsWith(`${home.origin}/sign-in?`)) return door;
  return who.send(`${home.origin}/sign-in`, { login: handle, password: PASSWORD, next: hiddenIn(door, 'next') });
};

/** Answers the question. */
export const answer = (
  who: Traveller,
  question: Page,
  word: 'yes' | 'no',
  stop?: (url: string) => boolean,
): Promise<Page> => who.send(question.url, { csrf: hiddenIn(question, 'csrf'), answer: word }, stop);
