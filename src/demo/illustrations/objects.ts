/** Services and goods: one thing that the title names, on a table in a room. */
import { at, byWords, type Random, plant, stillLife } from './draw.ts';
import * as h from './household.ts';
import * as t from './things.ts';

const SERVICES: readonly (readonly [string, t.Thing])[] = [
  ['demenag trasloc', h.boxes],
  ['chat gatti arros plante', t.gardening],
  ['velo bici cycle', t.bicycle],
  ['guitare musique chitarra piano musica chant', t.guitar],
  ['photo foto portrait video ritratt', t.camera],
  ['coiff parrucch coupe haircut', t.scissors],
  ['coutur retouche cucito sartoria ourlet sewing', t.sewing],
  ['jardin potager giardin orto taille haie compost garden balcon', t.gardening],
  ['informati ordinateur site web computer sito internet numerique smartphone logiciel', t.laptop],
  ['manutention carton', h.boxes],
  ['cuisin cucina repas chef catering traiteur', h.cookpot],
  ['peinture imbianc enduit peindre tinteggi', t.paint],
  ['garde baby bimbi gouter', h.toys],
  ['traduc traduzion interpr conversation conversazion tandem', t.speech],
  [
    'administrat papiers comptab document declaration cv impot contabil pratiche permanence redaction relecture',
    t.papers,
  ],
  ['francais italien italian anglais english arabe langue', t.speech],
  ['cours soutien lezioni lecture devoirs ripetizioni lessons compiti', t.books],
  ['massage yoga bien relax accompagn visite massaggi soin menage pulizi repassage', t.heart],
  [
    'brico menuis falegnam porte etagere plomb idraulic montage petit travaux repar riparazion serrur elettricist electric outil montaggio',
    t.toolbox,
  ],
  ['coup main bras volont entraide aiuto help', t.hands],
];
const GOODS: readonly (readonly [string, t.Thing])[] = [
  ['velo bici', t.bicycle],
  ['chaise tabouret sedi sgabell chair fauteuil', h.chair],
  ['canape divano sofa clic', h.sofa],
  ['table tavol bureau scrivania desk commode buffet', h.table],
  ['armoire etager libreria scaffal shelf bibliotheque vinyle', h.shelf],
  ['livre libri book roman bd manuel', t.books],
  ['lampe lampad lamp luminaire', h.lamp],
  ['cocotte casserole vaisselle pentol assiette marmite stoviglie pots cuisine', h.pots],
  ['bocaux bocal barattol vasetti conserve', h.jars],
  ['ruche arni beehive', t.hive],
  ['manteau veste vetement blouson cappott giacca coat pull combinaison', h.coat],
  ['jouet jeu giocattol toys lego puzzle', h.toys],
  ['perceuse trapano drill ponceuse scie visseuse', t.drill],
  ['outil caisse attrezzi tools', t.toolbox],
  ['guitare chitarra ukulele', t.guitar],
  ['tente tenda camping tent', t.tent],
  ['poussette passeggin pram', h.pram],
  ['carton boxes scatol', h.boxes],
  ['ordinateur computer portatile laptop ecran', t.laptop],
  ['appareil photo camera', t.camera],
  ['machine coudre cucire', t.sewing],
  ['peinture', t.paint],
  ['arrosoir plante plants bouture plant jardin', t.gardening],
  ['matelas drap couette coperte linge', t.heart],
];

export const serviceScene = (title: string, random: Random): string => {
  const thing = byWords(title, SERVICES, true) ?? random.pick([t.hands, t.toolbox, t.heart] as const);
  return stage(random, thing);
};

export const goodsScene = (title: string, random: Random): string => {
  const thing = /machine .*coudre/i.test(title)
    ? t.sewing
    : (byWords(title, GOODS) ?? random.pick([h.boxes, h.table, h.shelf] as const));
  return stage(random, thing);
};

function stage(random: Random, thing: t.Thing): string {
  const side = random.pick([-1, 1] as const);
  const beside = random.pick(['plant', 'none', 'none'] as const);
  const flip = random.next() < 0.5 ? -1 : 1;
  const big = `<g transform="translate(${beside === 'none' ? 800 : 800 + side * -90} 1030) scale(${flip * 1.28} 1.28)">${thing(random)}</g>`;
  return stillLife(random, (beside === 'plant' ? at(800 + side * 590, 1010, 1.2, plant(random)) : '') + big);
}
