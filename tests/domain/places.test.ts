import { expect, test, describe } from 'vitest';
import fc from 'fast-check';
import { boundingBox, cellOf, distanceKm, openPlaces, shown, PLACES_ATTRIBUTION } from '#domain/places.ts';

const places = openPlaces();
const labels = (query: string, options = {}) => places.suggest(query, options).map((each) => each.label);

describe('a person types the name of a town', () => {
  test('and the largest town comes first, however it is written', () => {
    expect(labels('marse')[0]).toBe('Marseille (13), France');
    expect(labels('MÂRSEILLE')[0]).toBe('Marseille (13), France');
    expect(labels('st etienne')[0]).toBe('Saint-Étienne (42), France');
    expect(labels('aix en prov')[0]).toBe('Aix-en-Provence (13), France');
    expect(labels("l'isle-sur-la-s")[0]).toBe("L'Isle-sur-la-Sorgue (84), France");
    expect(labels('ciotat')[0]).toBe('La Ciotat (13), France');
  });

  test('and a French name finds a town abroad, labelled in the language of the reader', () => {
    expect(labels('bologne', { country: 'IT' })).toContain('Bologna, Italie');
    expect(labels('Bologna', { locale: 'en' })[0]).toBe('Bologna, Italy');
    expect(labels('Torino')[0]).toBe('Turin, Italie');
  });

  test('and sees at most as many as asked, none for nothing, each once', () => {
    expect(places.suggest('saint', { limit: 5 })).toHaveLength(5);
    expect(places.suggest('  -  ')).toEqual([]);
    expect(places.suggest('qwxzyv')).toEqual([]);
    const many = labels('san', { limit: 50 });
    expect(new Set(many).size).toBe(many.length);
  });

  test('and a town close by comes before a larger one far away', () => {
    const near = { latitude: 45.75, longitude: 4.85 };
    expect(labels('vienne')[0]).not.toBe('Vienne (38), France');
    expect(labels('vienne', { near })[0]).toBe('Vienne (38), France');
    expect(labels('vienne', { country: 'FR' })[0]).toBe('Vienne (38), France');
  });

  test('and every answer to one letter comes fast', () => {
    const started = performance.now();
    for (const letter of 'abcdefghijklmnopqrstuvwxyz') places.suggest(letter);
    expect((performance.now() - started) / 26).toBeLessThan(50);
  });
});

describe('a name that comes back from a form or a CSV file', () => {
  test('resolves by label in both languages, and by bare name to the largest', () => {
    for (const text of ['Marseille (13), France', 'marseille', 'Marseille, FR']) {
      expect(places.find(text)?.latitude).toBeCloseTo(43.3, 1);
    }
    expect(places.find('Bologna, Italie')?.label).toBe('Bologna, Italie');
    expect(places.find('Bologna, Italy')?.country).toBe('IT');
    expect(places.find('Bologne, Italie')?.name).toBe('Bologna');
    expect(places.find('Lyon', { country: 'FR' })?.department).toBe('69');
  });

  test('is not guessed when it is no town', () => {
    for (const text of ['', 'Marseil', 'Marseille (75)', 'Marseille, Italie', 'x'.repeat(5000)]) {
      expect(places.find(text)).toBeUndefined();
    }
  });

  test('every suggestion resolves to itself', () => {
    for (const query of ['saint', 'san', 'val', 'new', 'la ', 'be']) {
      for (const each of places.suggest(query, { limit: 30 })) {
        expect(places.find(each.label)?.label).toBe(each.label);
      }
    }
  });
});

test('the nearest town of a point is found, and none in the middle of the sea', () => {
  expect(places.nearest({ latitude: 43.2965, longitude: 5.3811 }, { minPopulation: 100_000 })?.name).toBe('Marseille');
  expect(places.nearest({ latitude: 40, longitude: -40 })).toBeUndefined();
});

describe('a member says how precisely their place is shown', () => {
  const home = { name: 'Marseille', latitude: 43.29551, longitude: 5.37712, country: 'FR' };

  test('exactly: the point itself', () => {
    expect(shown(home, 'exact', 's')).toEqual({ ...home, accuracy: 0 });
  });

  test('by neighbourhood: between 200 m and 1 km away, always the same for one seed, within the circle shown', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.double({ min: -80, max: 80, noNaN: true }),
        fc.double({ min: -180, max: 180, noNaN: true }),
        (seed, latitude, longitude) => {
          const place = shown({ name: 'x', latitude, longitude }, 'neighbourhood', seed);
          const metres = distanceKm(place, { latitude, longitude }) * 1000;
          expect(metres).toBeGreaterThanOrEqual(200);
          expect(metres).toBeLessThanOrEqual(place.accuracy);
          expect(shown({ name: 'x', latitude, longitude }, 'neighbourhood', seed)).toEqual(place);
        },
      ),
    );
    expect(shown(home, 'neighbourhood', 'a')).not.toEqual(shown(home, 'neighbourhood', 'b'));
  });

  test('by town: two homes in one town look the same, byte for byte, and both lie in the circle', () => {
    const there = { ...home, name: '12 rue des Abeilles', latitude: 43.2612, longitude: 5.3853 };
    const [one, two] = [
      shown(home, 'town', 'a', places.townOf(home)),
      shown(there, 'town', 'b', places.townOf({ ...there, name: 'Marseille' })),
    ];
    expect(two).toEqual(one);
    expect(one).toEqual({ name: 'Marseille', latitude: 43.29695, longitude: 5.38107, accuracy: 20_000, country: 'FR' });
    expect(distanceKm(one, there) * 1000).toBeLessThanOrEqual(one.accuracy);
  });

  test('by town: wherever in the town the house stands, what is shown hangs on the town alone', () => {
    for (const name of ['Marseille', 'Cassis', 'Aubagne', 'Bologna', 'Paris']) {
      const centre = places.find(name)!;
      const ofCentre = shown(centre, 'town', 's', places.townOf(centre));
      fc.assert(
        fc.property(
          fc.double({ min: -1, max: 1, noNaN: true }),
          fc.double({ min: -1, max: 1, noNaN: true }),
          (north, east) => {
            // Within five kilometres of the centre, the narrowest circle that there is.
            const house = {
              name: centre.name,
              latitude: centre.latitude + north * 0.03,
              longitude: centre.longitude + (east * 0.03) / Math.cos((centre.latitude * Math.PI) / 180),
              country: centre.country,
            };
            expect(shown(house, 'town', 'another seed', places.townOf(house))).toEqual(ofCentre);
          },
        ),
        { numRuns: 30 },
      );
    }
  });

  test('by town: an address that came with its coordinates is named by its town, and not given away by another radius', () => {
    const house = { name: '12 rue des Abeilles', latitude: 43.1767, longitude: 5.6075, country: 'FR' };
    const place = shown(house, 'town', 's', places.townOf(house));
    expect(place).toMatchObject({ name: 'La Ciotat', accuracy: 10_000 });
    expect(JSON.stringify(place)).not.toContain('Abeilles');
    expect(shown(house, 'neighbourhood', 's', places.townOf(house)).name).toBe('La Ciotat');
    expect(shown(house, 'exact', 's', places.townOf(house)).name).toBe('12 rue des Abeilles');
  });

  test('by town, where there is none for fifty kilometres: a wide square, and no name that was typed', () => {
    const hut = { name: 'La cabane de Zoé', latitude: -49.3521, longitude: 70.2187 };
    expect(places.townOf(hut)).toBeUndefined();
    const place = shown(hut, 'town', 's');
    expect(distanceKm(place, hut) * 1000).toBeLessThanOrEqual(place.accuracy);
    expect(place.latitude).not.toBe(hut.latitude);
    expect(place.name).not.toContain('Zoé');
    expect(shown({ ...hut, latitude: -49.3621 }, 'town', 's')).toEqual(place);
  });
});

describe('distances and boxes', () => {
  test('Marseille is 278 km from Lyon', () => {
    const [a, b] = [places.find('Marseille'), places.find('Lyon')];
    expect(a && b && distanceKm(a, b)).toBeCloseTo(278, -1);
  });

  test('a box holds everything within its radius, also at the date line and at the poles', () => {
    const angle = fc.double({ min: 0, max: 360, noNaN: true });
    fc.assert(
      fc.property(
        fc.double({ min: -89, max: 89, noNaN: true }),
        fc.double({ min: -180, max: 180, noNaN: true }),
        fc.double({ min: 0.5, max: 500, noNaN: true }),
        angle,
        (latitude, longitude, radius, bearing) => {
          const box = boundingBox(latitude, longitude, radius);
          const step = (radius / 111.2) * 0.9;
          const point = {
            latitude: Math.max(-90, Math.min(90, latitude + step * Math.cos((bearing * Math.PI) / 180))),
            longitude: longitude + step * Math.sin((bearing * Math.PI) / 180),
          };
          if (distanceKm({ latitude, longitude }, point) > radius) return;
          const x = ((((point.longitude + 180) % 360) + 360) % 360) - 180;
          expect(point.latitude >= box.south && point.latitude <= box.north).toBe(true);
          expect(box.west <= box.east ? x >= box.west && x <= box.east : x >= box.west || x <= box.east).toBe(true);
        },
      ),
    );
  });

  test('neighbours in one row have consecutive cells, and the edge of the world has a cell', () => {
    expect(cellOf(43.31, 5.39, 0.1) - cellOf(43.31, 5.29, 0.1)).toBe(1);
    expect(cellOf(43.31, 180, 0.1)).toBe(cellOf(43.31, -180, 0.1));
    expect(Number.isInteger(cellOf(90, 179.999, 0.25))).toBe(true);
  });
});

test('both sources are named', () => {
  expect(PLACES_ATTRIBUTION).toMatch(/GeoNames.*Etalab/);
});

test('a small map names the largest towns around, each once', () => {
  const names = places.around({ latitude: 43.3, longitude: 5.4 }, 60, 5).map((town) => town.name);
  expect(names.slice(0, 3)).toEqual(['Marseille', 'Toulon', 'Aix-en-Provence']);
  expect(new Set(names).size).toBe(5);
  expect(places.around({ latitude: -49.3, longitude: 70.2 }, 60, 5)).toEqual([]);
});
