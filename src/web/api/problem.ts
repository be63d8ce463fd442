/** Errors as programs read them (RFC 9457): which parameter, and what would be right. */
import type { Context } from 'hono';
import type { z } from '@hono/zod-openapi';
import { PARAMETERS, type Problem } from './schema.ts';

type Status = 400 | 401 | 403 | 404 | 405 | 409 | 410 | 413 | 415 | 422 | 429 | 500 | 503;
type ProblemErrors = z.infer<typeof Problem>['errors'];

const TITLES: Record<Status, string> = {
  400: 'A parameter is not right.',
  401: 'A valid token is needed.',
  403: 'This token may not do that.',
  404: 'There is no such resource.',
  405: 'Not by this method.',
  409: 'It cannot be done as things are.',
  410: 'It is gone.',
  413: 'That is too much.',
  415: 'It is of another type.',
  422: 'Some fields are not right.',
  429: 'Too many requests.',
  500: 'Something went wrong here.',
  503: 'Not just now.',
};

/** @returns an answer `application/problem+json` */
export const problem = <S extends Status>(c: Context, status: S, detail: string, errors?: ProblemErrors) =>
  c.json(
    { type: 'about:blank', title: TITLES[status], status, detail, ...(errors === undefined ? {} : { errors }) },
    status,
    { 'content-type': 'application/problem+json' },
  );

/** Each faulty parameter once, with what was given. */
export const parameterErrors = (
  issues: readonly z.core.$ZodIssue[],
  given: Record<string, string>,
): NonNullable<ProblemErrors> => {
  const errors = new Map<string, NonNullable<ProblemErrors>[number]>();
  for (const issue of issues) {
    const fields = issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0] ?? '')];
    for (const field of fields) {
      const known = Object.hasOwn(PARAMETERS, field) ? PARAMETERS[field] : undefined;
      const value = String(given[field] ?? '').slice(0, 80);
      errors.set(
        field,
        known === undefined
          ? {
              field,
              message: `There is no parameter "${field}" here.`,
              remedy: `Use: ${Object.keys(PARAMETERS).join(', ')}.`,
            }
          : {
              field,
              // The one fault that lies not in the value itself.
              message:
                issue.code === 'custom' && field === 'radius_km'
                  ? 'It needs "near".'
                  : `"${value}" is not ${known.what}.`,
              remedy: known.remedy,
            },
      );
    }
  }
  return [...errors.values()];
};
