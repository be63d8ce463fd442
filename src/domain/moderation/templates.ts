/** The words with which a decision begins: the cooperative's own, or those that come with the program. */
import { eq } from 'drizzle-orm';
import type { Reader, Tx } from '#db/database.ts';
import { checkText } from '../text.ts';
import { type FieldError, type Locale, LOCALES, type Result, fail, ok } from '../types.ts';
import { ACTIONS, type Action, isAction } from './actions.ts';
import { DECISION_TEXT_MAX } from './decide.ts';

/** To the one concerned; `none` and `answer` go to whoever reported. `{title}` is filled in. */
export type TemplateName = Action | 'answer';
export const TEMPLATES = [...ACTIONS.filter((one) => one !== 'none'), 'answer', 'none'] as const;
type Texts = Record<Locale, string>;

const DEFAULTS: Record<TemplateName, Texts> = {
  none: {
    fr: 'Nous avons lu votre signalement au sujet de « {title} » et regardé ce qu’il désigne. Nous n’y avons rien trouvé de contraire à la loi ou à nos règles ; rien n’est donc changé. Merci de nous avoir prévenus.',
    en: 'We have read your report about "{title}" and looked at what it points to. We found nothing in it against the law or our rules, so nothing is changed. Thank you for telling us.',
  },
  answer: {
    fr: 'Nous avons lu votre signalement au sujet de « {title} ». Vous aviez raison de nous prévenir : nous avons pris une mesure. Merci.',
    en: 'We have read your report about "{title}". You were right to tell us: we have done something about it. Thank you.',
  },
  warn: {
    fr: 'On nous a signalé « {title} ». Voici ce que nous avons constaté : …\n\nCela ne va pas avec nos règles. Merci de le corriger et d’y veiller désormais.',
    en: '"{title}" was reported to us. This is what we saw: …\n\nIt does not go with our rules. Please put it right, and mind it from now on.',
  },
  limit: {
    fr: 'On nous a signalé « {title} ». Voici ce que nous avons constaté : …\n\nVos prochaines annonces attendront donc la relecture d’une personne de la modération, et vos annonces ne sont plus montrées qu’aux membres.',
    en: '"{title}" was reported to us. This is what we saw: …\n\nYour next listings will therefore wait for a moderator to read them, and your listings are shown to members only.',
  },
  suspend: {
    fr: 'On nous a signalé « {title} ». Voici ce que nous avons constaté : …\n\nVotre compte est donc suspendu : vous ne pouvez plus vous connecter, et vos annonces ne sont plus montrées.',
    en: '"{title}" was reported to us. This is what we saw: …\n\nYour account is therefore suspended: you cannot sign in, and your listings are not shown any more.',
  },
  removeListing: {
    fr: 'On nous a signalé votre annonce « {title} ». Voici ce que nous avons constaté : …\n\nElle est donc retirée, ici et chez nos partenaires.',
    en: 'Your listing "{title}" was reported to us. This is what we saw: …\n\nIt is therefore removed, here and at our partners.',
  },
  keepBack: {
    fr: 'Nous avons lu votre annonce « {title} » avant sa publication. Voici ce qui ne va pas : …\n\nElle reste donc un brouillon. Corrigez-la et publiez-la de nouveau : nous la relirons.',
    en: 'We have read your listing "{title}" before it was published. This is what is wrong with it: …\n\nIt therefore stays a draft. Put it right and publish it again: we shall read it.',
  },
  removeMessage: {
    fr: 'On nous a signalé un message que vous avez écrit dans « {title} ». Voici ce que nous avons constaté : …\n\nCe message est donc retiré.',
    en: 'A message that you wrote in "{title}" was reported to us. This is what we saw: …\n\nThe message is therefore removed.',
  },
  hideListing: {
    fr: 'L’annonce « {title} » n’est plus montrée chez nous : …',
    en: 'The listing "{title}" is not shown here any more: …',
  },
  hideMember: {
    fr: 'Cette personne et ses annonces ne sont plus montrées chez nous : …',
    en: 'This person and their listings are not shown here any more: …',
  },
};

export type TemplateTexts = { texts: Texts; own: boolean };

/** All of them, by name. */
export const readTemplates = async (db: Reader): Promise<Record<string, TemplateTexts>> => {
  const rows = await db.select().from(db.t.decisionTexts).limit(100);
  const own = new Map(rows.map((row) => [row.action, row.texts]));
  return Object.fromEntries(
    TEMPLATES.map((name) => [name, { texts: own.get(name) ?? DEFAULTS[name], own: own.has(name) }]),
  );
};

/** @param about.title what is put where `{title}` stands */
export const templateText = (
  templates: Record<string, TemplateTexts>,
  name: TemplateName,
  locale: string,
  about: { title: string },
): string => {
  const texts = templates[name]?.texts ?? DEFAULTS[name];
  return (locale === 'en' ? texts.en : texts.fr).replaceAll('{title}', about.title);
};

/** An admin's own words. Both empty = those of the program again. @returns errors on `fr`, `en` */
export const saveTemplate = async (tx: Tx, now: Date, name: string, texts: Texts): Promise<Result<void>> => {
  if (!isAction(name) && name !== 'answer') return fail({ field: 'fr', code: 'notFound' });
  const { decisionTexts } = tx.t;
  const [fr, en] = [texts.fr.trim(), texts.en.trim()];
  if (fr === '' && en === '') {
    await tx.delete(decisionTexts).where(eq(decisionTexts.action, name));
    return ok(undefined);
  }
  const errors: FieldError[] = LOCALES.flatMap((locale) =>
    checkText(locale, texts[locale], { min: 1, max: DECISION_TEXT_MAX }),
  );
  if (errors.length > 0) return fail(...errors);
  await tx
    .insert(decisionTexts)
    .values({ action: name, texts: { fr, en }, updated: now })
    .onConflictDoUpdate({ target: decisionTexts.action, set: { texts: { fr, en }, updated: now } });
  return ok(undefined);
};
