/**
 * A program that a member let takes their data along for them (FEP-9091): it asks for the file, looks whether it is
 * made, fetches it. The same file, by the same rules and as often, as at the page.
 */
import { type OpenAPIHono, createRoute, z } from '@hono/zod-openapi';
import { EXPORTS_PATH } from '#domain/ids.ts';
import { type ExportRow, askExport, exportsOf, findExport } from '#domain/moving/exports.ts';
import type { WebDeps, WebEnv } from '../context.ts';
import { exportFile } from '../member/export-file.ts';
import { challenge, memberOf } from './access.ts';
import { problem } from './problem.ts';
import { Problem } from './schema.ts';

const SCOPE = 'account:export';
const Export = z
  .object({
    id: z.string(),
    state: z.enum(['making', 'ready', 'failed']),
    done: z.number().openapi({ description: 'Pieces that are written, of "total"; 0 of 0 before it is begun.' }),
    total: z.number(),
    bytes: z.number().nullable(),
    created: z.string(),
    expires: z.string(),
    url: z.string().openapi({ description: 'Of this answer: ask again some seconds later.' }),
    file: z.string().nullable().openapi({ description: 'Where it is fetched, with the token, once it is ready.' }),
  })
  .openapi('Export');

const security: Record<string, string[]>[] = [{ token: [] }, { app: [SCOPE] }];
const wrong = (description: string) => ({ description, content: { 'application/problem+json': { schema: Problem } } });
const found = (description: string) => ({ description, content: { 'application/json': { schema: Export } } });
const refusals = { 401: wrong('A token is needed, or it is not valid.'), 403: wrong('The token lacks a scope.') };
const request = { params: z.object({ id: z.string().max(100) }) };
const none = { 404: wrong('The member has no such file, or it is gone.') };

const askRoute = createRoute({
  method: 'post',
  path: '/me/exports',
  summary: 'Have a file made of everything that is the member’s (FEP-9091, FEP-6fcd)',
  description:
    'The body is empty. While one is being made, the answer is that one. Five a day, together with the page.',
  security,
  responses: {
    202: found('It is being made: "Location" says where to look.'),
    ...refusals,
    429: wrong('As many as there may be in a day; or too many requests.'),
  },
});
const stateRoute = createRoute({
  method: 'get',
  path: '/me/exports/{id}',
  summary: 'How far such a file is',
  security,
  request,
  responses: { 200: found('As it is now.'), ...none, ...refusals },
});
const fileRoute = createRoute({
  method: 'get',
  path: '/me/exports/{id}/file',
  summary: 'The file',
  security,
  request,
  responses: {
    200: { description: 'A tar.', content: { 'application/x-tar': { schema: { type: 'string', format: 'binary' } } } },
    ...none,
    409: wrong('It is not ready.'),
    ...refusals,
  },
});

export const exportApi = (deps: WebDeps, app: OpenAPIHono<WebEnv>): void => {
  const { db, site } = deps;
  const shape = (row: ExportRow): z.infer<typeof Export> => {
    const url = `${site.origin}${EXPORTS_PATH}/${row.id}`;
    const state = row.state === 'making' || row.state === 'ready' ? row.state : 'failed';
    return {
      id: row.id,
      state,
      done: row.done,
      total: row.total,
      bytes: row.bytes,
      created: row.created.toISOString(),
      expires: row.expires.toISOString(),
      url,
      file: state === 'ready' ? `${url}/file` : null,
    };
  };

  app.openapi(askRoute, async (c) => {
    const asking = await memberOf(deps, c, SCOPE);
    if ('refused' in asking) return challenge(c, asking.refused, SCOPE);
    const { account } = asking.who;
    const asked = await db.write(async (tx) => {
      const making = (await exportsOf(tx, site.now(), account.id)).find((row) => row.state === 'making');
      return making === undefined ? askExport(tx, site, account.id) : { ok: true as const, value: making };
    });
    if (!asked.ok) {
      c.header('retry-after', String(DAY_S));
      return problem(c, 429, 'As many files were made today as there may be: fetch the last one, or ask tomorrow.');
    }
    const body = shape(asked.value);
    c.header('location', body.url);
    return c.json(body, 202);
  });

  app.openapi(stateRoute, async (c) => {
    const asking = await memberOf(deps, c, SCOPE);
    if ('refused' in asking) return challenge(c, asking.refused, SCOPE);
    const row = await findExport(db.read, site.now(), asking.who.account.id, c.req.param('id'));
    return row === undefined ? problem(c, 404, 'The member has no such file.') : c.json(shape(row), 200);
  });

  app.openAPIRegistry.registerPath(fileRoute);
  app.get('/me/exports/:id/file', async (c) => {
    const asking = await memberOf(deps, c, SCOPE);
    if ('refused' in asking) return challenge(c, asking.refused, SCOPE);
    const { account } = asking.who;
    const row = await findExport(db.read, site.now(), account.id, c.req.param('id').slice(0, 100));
    if (row === undefined) return problem(c, 404, 'The member has no such file.');
    if (row.state !== 'ready') return problem(c, 409, `It is not ready, but ${row.state}.`);
    c.header('cache-control', 'no-store');
    return (await exportFile(deps, row, account.handle)) ?? problem(c, 404, 'The file is gone: ask for another.');
  });
};

const DAY_S = 86_400;
