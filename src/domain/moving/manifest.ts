/** The list of contents of a member's file (FEP-6fcd), as YAML of the simplest kind: every text in double quotes. */
import { ACTOR_FILE, LISTINGS_CSV, LISTINGS_JSON, MANIFEST, MEDIA, PROFILE_FILE } from './names.ts';

export const CONTAINER_VERSION = '0.1';
const FEP = 'https://codeberg.org/fediverse/fep/src/branch/main/fep/6fcd/fep-6fcd.md#manifest-file';
const OWN = 'https://maillon.coop/ns#container';

type Meta = { actor: string; software: string; made: Date };
export type Listed = { path: string; url: string };

/** What is always there beside the parts. */
const FIXED: Listed[] = [
  { path: ACTOR_FILE, url: 'https://www.w3.org/TR/activitypub/#actor-objects' },
  { path: PROFILE_FILE, url: OWN },
  { path: LISTINGS_JSON, url: OWN },
  { path: LISTINGS_CSV, url: OWN },
];

/** @param files of the parts; @param media names within the folder of pictures */
export const writeManifest = (meta: Meta, files: readonly Listed[], media: readonly string[]): string => {
  const folders = new Map<string, Listed[]>();
  for (const file of [...FIXED, ...files]) {
    const cut = file.path.lastIndexOf('/');
    const [folder, name] = [file.path.slice(0, Math.max(0, cut)), file.path.slice(cut + 1)];
    folders.set(folder, [...(folders.get(folder) ?? []), { path: name, url: file.url }]);
  }
  const lines = [
    `ubc-version: ${CONTAINER_VERSION}`,
    'meta:',
    `  created: ${quoted(meta.made.toISOString())}`,
    '  createdBy:',
    `    controller: ${quoted(meta.actor)}`,
    '    client:',
    `      name: ${quoted(meta.software)}`,
    'contents:',
    ...entry('  ', { path: MANIFEST, url: FEP }),
    ...(folders.get('') ?? []).flatMap((file) => entry('  ', file)),
    ...[...folders]
      .filter(([folder]) => folder !== '')
      .flatMap(([folder, own]) => [`  ${folder}:`, '    contents:', ...own.flatMap((file) => entry('      ', file))]),
    `  ${MEDIA}:`,
    `    url: ${quoted('https://www.w3.org/TR/activitystreams-vocabulary/#dfn-attachment')}`,
    `    contents:${media.length === 0 ? ' {}' : ''}`,
    ...media.map((name) => `      ${name}: {}`),
  ];
  return `${lines.join('\n')}\n`;
};

/** A text in JSON's quotes is one in YAML's. */
const quoted = (text: string): string => JSON.stringify(text);
const entry = (indent: string, { path, url }: Listed): string[] => [
  `${indent}${path}:`,
  `${indent}  url: ${quoted(url)}`,
];

/** Of a manifest of whatever software: is it one, and what does it say of itself. */
export const readManifest = (text: string): { software: string; made: string } | undefined => {
  if (!/^ubc-version\s*:/m.test(text)) return undefined;
  const said = (name: string): string =>
    (new RegExp(`^\\s*${name}\\s*:\\s*"?([^"\\n#]{1,100})`, 'm').exec(text)?.[1] ?? '').trim();
  return { software: said('name'), made: said('created').slice(0, 10) };
};
