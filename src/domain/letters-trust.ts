/** Letters to admins about whom to trust: see `letters.ts`. */
import type { Text } from './letters.ts';

export type TrustLetter = 'identityKeyChanged' | 'markLost';

export const TRUST_LETTERS: Record<TrustLetter, { fr: Text; en: Text }> = {
  identityKeyChanged: {
    fr: {
      subject: '{peer} montre une nouvelle clé d’identité : à vérifier',
      body: 'Bonjour,\n\n{peer} ({host}) montre une autre clé d’identité que celle que nous connaissions, et l’ancienne ne la confirme pas. Tant que vous n’avez pas décidé, personne ne peut se connecter ici avec un compte de cette coopérative, et rien de ce qu’elle atteste ne compte. Les annonces et les messages continuent.\n\nAppelez la personne qui l’administre et comparez les deux empreintes avant d’approuver.',
      button: 'Voir les deux clés',
    },
    en: {
      subject: '{peer} shows a new identity key: please check',
      body: 'Hello,\n\n{peer} ({host}) shows another identity key than the one we knew, and the old one does not confirm it. Until you have decided, nobody can sign in here with an account of that cooperative, and nothing that it vouches for counts. Listings and messages go on.\n\nCall the person who runs it and compare the two thumbprints before you approve.',
      button: 'See both keys',
    },
  },
  markLost: {
    fr: {
      subject: '{peer} n’a plus le label : {marks}',
      body: 'Bonjour,\n\n{anchor} ne confirme plus ceci pour {peer} : {marks}. La mention n’est plus affichée ici. Le partenariat continue tel quel : à vous de voir s’il doit être modifié ou arrêté.',
      button: 'Voir ce partenaire',
    },
    en: {
      subject: '{peer} no longer has the mark: {marks}',
      body: 'Hello,\n\n{anchor} no longer confirms this for {peer}: {marks}. It is not shown here any more. The partnership goes on as it is: it is for you to see whether it should change or end.',
      button: 'See this partner',
    },
  },
};
