/** A member at a browser without JavaScript: signs in, publishes, changes, deletes, and tries again when no answer came. */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import { lodgingForm } from '../../support/lodging-form.ts';
import { PASSWORD } from '../../support/nodes.ts';
import { pause } from './chance.ts';

export type Answer = {
  status: number;
  location: string;
  headers: Record<string, string | string[] | undefined>;
  text: string;
};
export type Member = {
  handle: string;
  get(path: string): Promise<Answer>;
  /** Posts a form once. @throws when the connection ends without an answer */
  post(path: string, fields: Record<string, string>): Promise<Answer>;
  /** Fields of a listing that may be published, with a fresh `once`. */
  form(title: string): Record<string, string>;
  /** Publishes until it is answered with 303, as a person presses again. @returns the id of the listing */
  publish(title: string): Promise<string>;
  /** Changes the title until it is answered. */
  rename(id: string, title: string): Promise<void>;
  /** Deletes until it is answered; that it is gone already is an answer, too. */
  remove(id: string): Promise<void>;
};

/** Presses again after no answer, 500 or 503: at most so often. */
const PATIENCE = 1_500;

/** @param at where the node listens, and its name */
export const memberAt = async (at: { port: string; origin: string }, handle: string): Promise<Member> => {
  const agent = new Agent({ connections: 8, keepAliveTimeout: 1_000 });
  let cookie = '';
  let csrf = '';
  const send = async (method: 'GET' | 'POST', path: string, body?: URLSearchParams): Promise<Answer> => {
    const answer = await request(`http://127.0.0.1:${at.port}${path}`, {
      dispatcher: agent,
      method,
      headers: {
        host: new URL(at.origin).host,
        accept: 'text/html',
        cookie,
        ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded', origin: at.origin }),
      },
      body: body?.toString() ?? null,
      headersTimeout: 15_000,
    });
    const given = [answer.headers['set-cookie'] ?? []].flat().find((one) => one.startsWith('session='));
    if (given !== undefined) cookie = given.split(';')[0]!;
    return {
      status: answer.statusCode,
      location: String(answer.headers['location'] ?? ''),
      headers: answer.headers,
      text: await answer.body.text(),
    };
  };
  const post = (path: string, fields: Record<string, string>): Promise<Answer> =>
    send('POST', path, new URLSearchParams({ csrf, ...fields }));
  const insist = async (
    path: string,
    fields: Record<string, string>,
    enough: (answer: Answer) => boolean,
  ): Promise<Answer> => {
    let last = '';
    for (let i = 0; i < PATIENCE; i++) {
      const answer = await post(path, fields).catch((error: unknown) => void (last = String(error)));
      if (answer !== undefined) last = `${answer.status} ${answer.text.slice(0, 500)}`;
      if (answer !== undefined && enough(answer)) return answer;
      if (answer !== undefined && answer.status < 500)
        throw new Error(`${path}: ${answer.status} ${answer.text.slice(0, 2_000)}`);
      await pause(40);
    }
    throw new Error(`${path}: no good answer in ${PATIENCE} attempts, at last ${last}`);
  };
  const form = (title: string): Record<string, string> => ({ ...lodgingForm(title), once: randomUUID() });

  const signedIn = await post('/sign-in', { login: handle, password: PASSWORD });
  if (signedIn.status !== 303) throw new Error(`${handle} cannot sign in: ${signedIn.status}`);
  csrf = /name="csrf" value="([^"]+)"/.exec((await send('GET', '/listings/new?kind=lodging')).text)![1]!;
  return {
    handle,
    get: (path) => send('GET', path),
    post,
    form,
    publish: async (title) =>
      (await insist('/listings', form(title), ({ status }) => status === 303)).location.split('/').at(-1)!,
    rename: async (id, title) => {
      await insist(`/listings/${id}`, form(title), ({ status }) => status === 303);
    },
    remove: async (id) => {
      await insist(`/listings/${id}/deletion`, {}, ({ status }) => status === 303 || status === 404);
    },
  };
};
