/** Names within a member's file. */
export const MANIFEST = 'manifest.yml';
export const ACTOR_FILE = 'activitypub/actor.json';
export const PROFILE_FILE = 'maillon/profile.json';
export const FOLLOWS_FILE = 'maillon/follows.json';
export const FOLLOWS_CSV = 'activitypub/following_accounts.csv';
export const THREADS_FILE = 'maillon/threads.json';
export const ATTESTATIONS_FILE = 'maillon/attestations.json';
/** On top, so that `maillon import` finds the pictures beside them. */
export const LISTINGS_JSON = 'listings.json';
export const LISTINGS_CSV = 'listings.csv';
/** Folder of the pictures. */
export const MEDIA = 'media';
export const PORTRAIT_FILE = `${MEDIA}/portrait.webp`;
