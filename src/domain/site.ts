/** What a use case needs to know of the node it runs in: where it is, and what time it is. */
export type Site = {
  /** Without trailing slash: `https://coop.example`, `http://marseille.localhost:4001`. */
  origin: string;
  /** Host with its port unless default: the part after `@` in a handle. */
  host: string;
  /** The clock; tests set it. */
  now: () => Date;
};

/** @param origin without path, for example `https://coop.example` */
export const siteOf = (origin: string, now: () => Date = () => new Date()): Site => ({
  origin: new URL(origin).origin,
  host: new URL(origin).host,
  now,
});
