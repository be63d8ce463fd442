/** Letters about reports and decisions. Whoever reported is named in none of them. */
import type { Text } from './letters.ts';

export type ModerationLetter =
  | 'reportReceived'
  | 'reportDecided'
  | 'newReport'
  | 'statement'
  | 'lifted'
  | 'appealUpheld'
  | 'appealReversed'
  | 'answeredThere'
  | 'declinedThere';

export const MODERATION_LETTERS: Record<ModerationLetter, { fr: Text; en: Text }> = {
  reportReceived: {
    fr: {
      subject: '{cooperative} : votre signalement est bien arrivé',
      body: 'Bonjour {name},\n\nNous avons reçu votre signalement (« {title} »). Une personne de la modération va le lire et vous fera part de sa décision. Le lien ci-dessous montre où il en est ; gardez-le pour vous.',
      button: 'Suivre mon signalement',
    },
    en: {
      subject: '{cooperative}: your report has arrived',
      body: 'Hello {name},\n\nWe have received your report ("{title}"). A moderator will read it and tell you what was decided. The link below shows how it stands; keep it to yourself.',
      button: 'Follow my report',
    },
  },
  reportDecided: {
    fr: {
      subject: '{cooperative} : la décision sur votre signalement',
      body: 'Bonjour {name},\n\nVotre signalement (« {title} ») a été examiné par une personne de la modération, sans aucun moyen automatisé.\n\n{answer}\n\nSi cette décision ne vous paraît pas juste, vous pouvez la contester pendant six mois par le lien ci-dessous.',
      button: 'Voir la décision',
    },
    en: {
      subject: '{cooperative}: the decision on your report',
      body: 'Hello {name},\n\nYour report ("{title}") was looked at by a moderator, without any automated means.\n\n{answer}\n\nIf you think that this is not right, you can contest it for six months by the link below.',
      button: 'See the decision',
    },
  },
  newReport: {
    fr: {
      subject: '{cooperative} : un signalement vous attend',
      body: 'Bonjour {name},\n\nQuelque chose attend l’équipe de modération : « {title} ». D’autres signalements arrivés dans l’heure ne font pas l’objet d’une lettre.',
      button: 'Voir le signalement',
    },
    en: {
      subject: '{cooperative}: a report waits for you',
      body: 'Hello {name},\n\nSomething waits for the moderators: "{title}". There is no letter for further reports within the hour.',
      button: 'See the report',
    },
  },
  statement: {
    fr: {
      subject: '{cooperative} : une décision qui vous concerne',
      body: 'Bonjour {name},\n\nUne personne de la modération a pris une décision à propos de « {title} ».\n\n{reasons}\n\nLe lien ci-dessous montre la décision entière : sa portée, sa durée, ce qui la fonde, et comment la contester pendant six mois. Il s’ouvre aussi sans vous connecter ; gardez-le pour vous.',
      button: 'Voir la décision',
    },
    en: {
      subject: '{cooperative}: a decision that concerns you',
      body: 'Hello {name},\n\nA moderator has decided something about "{title}".\n\n{reasons}\n\nThe link below shows the whole decision: its scope, how long it holds, what it rests on, and how to contest it for six months. It opens without signing in, too; keep it to yourself.',
      button: 'See the decision',
    },
  },
  lifted: {
    fr: {
      subject: '{cooperative} : une décision est levée',
      body: 'Bonjour {name},\n\nLa décision prise à propos de « {title} » ne s’applique plus. {reasons}',
      button: 'Voir la décision',
    },
    en: {
      subject: '{cooperative}: a decision is lifted',
      body: 'Hello {name},\n\nWhat was decided about "{title}" does not hold any more. {reasons}',
      button: 'See the decision',
    },
  },
  appealUpheld: {
    fr: {
      subject: '{cooperative} : la décision est maintenue',
      body: 'Bonjour {name},\n\nVotre contestation à propos de « {title} » a été examinée. La décision est maintenue.\n\n{answer}',
      button: 'Voir la décision',
    },
    en: {
      subject: '{cooperative}: the decision stands',
      body: 'Hello {name},\n\nWe have looked into what you contested about "{title}". The decision stands.\n\n{answer}',
      button: 'See the decision',
    },
  },
  appealReversed: {
    fr: {
      subject: '{cooperative} : la décision est revue',
      body: 'Bonjour {name},\n\nVotre contestation à propos de « {title} » a été examinée, et vous avez été entendu·e : la décision est revue.\n\n{answer}',
      button: 'Voir la décision',
    },
    en: {
      subject: '{cooperative}: the decision is reversed',
      body: 'Hello {name},\n\nWe have looked into what you contested about "{title}", and you were right: the decision is reversed.\n\n{answer}',
      button: 'See the decision',
    },
  },
  answeredThere: {
    fr: {
      subject: '{cooperative} : {host} a donné suite à votre signalement',
      body: 'Bonjour {name},\n\nNous avions transmis votre signalement (« {title} ») à {host}, sans votre nom. Sa modération y a donné suite.\n\n{answer}',
      button: 'Voir mon signalement',
    },
    en: {
      subject: '{cooperative}: {host} acted on your report',
      body: 'Hello {name},\n\nWe had forwarded your report ("{title}") to {host}, without your name. Its moderators acted on it.\n\n{answer}',
      button: 'See my report',
    },
  },
  declinedThere: {
    fr: {
      subject: '{cooperative} : {host} a répondu à votre signalement',
      body: 'Bonjour {name},\n\nNous avions transmis votre signalement (« {title} ») à {host}, sans votre nom. Sa modération n’a rien trouvé à changer.\n\n{answer}',
      button: 'Voir mon signalement',
    },
    en: {
      subject: '{cooperative}: {host} answered to your report',
      body: 'Hello {name},\n\nWe had forwarded your report ("{title}") to {host}, without your name. Its moderators found nothing to change.\n\n{answer}',
      button: 'See my report',
    },
  },
};
