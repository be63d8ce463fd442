/** Letters to members about what is attested of them. What was seen, and how, is in none of them. */
import type { Text } from './letters.ts';

export type AttestationLetter = 'attested' | 'attestationEnds' | 'attestationRevoked';

export const ATTESTATION_LETTERS: Record<AttestationLetter, { fr: Text; en: Text }> = {
  attested: {
    fr: {
      subject: '{cooperative} : attestation « {what} »',
      body: 'Bonjour {name},\n\n{by} atteste pour la coopérative : « {what} ». Cela vaut jusqu’au {until}.\n\nVous voyez maintenant en entier les annonces réservées aux personnes qui ont cette attestation. Une coopérative partenaire ne l’apprend que si vous le choisissez en vous y connectant.',
      button: 'Voir mes attestations',
    },
    en: {
      subject: '{cooperative}: attested "{what}"',
      body: 'Hello {name},\n\n{by} attests for the cooperative: "{what}". It holds until {until}.\n\nYou now see the whole of listings that are reserved for those who hold it. A partner cooperative learns of it only if you choose so when you sign in there.',
      button: 'See my attestations',
    },
  },
  attestationEnds: {
    fr: {
      subject: '{cooperative} : l’attestation « {what} » prend fin le {until}',
      body: 'Bonjour {name},\n\nVotre attestation « {what} » prend fin le {until}. Après ce jour, les annonces réservées aux personnes qui l’ont se referment pour vous, ici et chez les partenaires, et leurs autres tarifs ne valent plus pour vous.\n\nSi elle est toujours vraie, demandez à la coopérative de la regarder à nouveau : une personne qui atteste peut la prolonger en une minute.',
      button: 'Voir mes attestations',
    },
    en: {
      subject: '{cooperative}: "{what}" is attested until {until}',
      body: 'Hello {name},\n\nWhat is attested of you, "{what}", ends on {until}. After that day, listings that are reserved for those who hold it close for you, here and at partners, and the other prices for them are not yours any more.\n\nIf it is still true, ask the cooperative to look at it again: somebody who attests can prolong it in a minute.',
      button: 'See my attestations',
    },
  },
  attestationRevoked: {
    fr: {
      subject: '{cooperative} : l’attestation « {what} » est retirée',
      body: 'Bonjour {name},\n\nL’attestation « {what} » ne vaut plus. Motif indiqué :\n\n{reason}\n\nLes partenaires auxquels vous l’aviez montrée en sont informés, sans le motif. Si cela ne vous paraît pas juste, écrivez à la coopérative.',
      button: 'Voir mes attestations',
    },
    en: {
      subject: '{cooperative}: "{what}" is attested no more',
      body: 'Hello {name},\n\nThe attestation "{what}" counts no more. The reason given:\n\n{reason}\n\nPartners to whom you had shown it are told so, without the reason. If you think that this is not right, write to the cooperative.',
      button: 'See my attestations',
    },
  },
};
