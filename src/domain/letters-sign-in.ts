/** Letters about how a member signs in: a link to do so, and word of each change, so that nobody makes one unseen. */
import type { Text } from './letters.ts';

export type SignInLetter =
  | 'signInLink'
  | 'codesOn'
  | 'codesOff'
  | 'recoveryUsed'
  | 'passkeyAdded'
  | 'passkeyRemoved'
  | 'factorsReset'
  | 'codesGuessed'
  | 'appEnded';

const CHECK_FR = 'Si ce n’était pas vous, changez votre mot de passe et prévenez la coopérative.';
const CHECK_EN = 'If it was not you, change your password and tell the cooperative.';
const [SETTINGS_FR, SETTINGS_EN] = ['Voir mes moyens de connexion', 'See how I sign in'];

export const SIGN_IN_LETTERS: Record<SignInLetter, { fr: Text; en: Text }> = {
  appEnded: {
    fr: {
      subject: '{cooperative} : l’application « {app} » a été retirée',
      body: 'Bonjour {name},\n\nLa coopérative a retiré l’application « {app} », que vous aviez inscrite. Elle n’agit plus pour personne et ne peut plus rien demander. Motif indiqué :\n\n{reason}\n\nSi cela ne vous paraît pas juste, écrivez à la coopérative.',
      button: 'Voir mes applications',
    },
    en: {
      subject: '{cooperative}: the app "{app}" was taken off',
      body: 'Hello {name},\n\nThe cooperative has taken off the app "{app}" that you had registered. It acts for nobody any more and can ask nobody. The reason given:\n\n{reason}\n\nIf you think that this is not right, write to the cooperative.',
      button: 'See my apps',
    },
  },
  signInLink: {
    fr: {
      subject: '{cooperative} : votre lien de connexion',
      body: 'Bonjour {name},\n\nCe lien vous connecte sans mot de passe. Il est valable un quart d’heure et une seule fois. Si vous ne l’avez pas demandé, ignorez cette lettre : personne n’est entré.',
      button: 'Me connecter',
    },
    en: {
      subject: '{cooperative}: your sign-in link',
      body: 'Hello {name},\n\nThis link signs you in without a password. It is good for a quarter of an hour and works once. If you did not ask for it, ignore this letter: nobody got in.',
      button: 'Sign me in',
    },
  },
  codesOn: {
    fr: {
      subject: '{cooperative} : codes à usage unique activés',
      body: `Bonjour {name},\n\nDésormais, votre compte demande aussi un code de votre application à la connexion. Gardez vos codes de secours en lieu sûr. ${CHECK_FR}`,
      button: SETTINGS_FR,
    },
    en: {
      subject: '{cooperative}: one-time codes are on',
      body: `Hello {name},\n\nFrom now on your account also asks for a code of your app when you sign in. Keep your recovery codes in a safe place. ${CHECK_EN}`,
      button: SETTINGS_EN,
    },
  },
  codesOff: {
    fr: {
      subject: '{cooperative} : codes à usage unique désactivés',
      body: `Bonjour {name},\n\nVotre compte ne demande plus de code à la connexion ; vos codes de secours ne valent plus rien. ${CHECK_FR}`,
      button: SETTINGS_FR,
    },
    en: {
      subject: '{cooperative}: one-time codes are off',
      body: `Hello {name},\n\nYour account asks for no code any more when you sign in; your recovery codes are void. ${CHECK_EN}`,
      button: SETTINGS_EN,
    },
  },
  recoveryUsed: {
    fr: {
      subject: '{cooperative} : un code de secours a servi',
      body: `Bonjour {name},\n\nQuelqu’un s’est connecté à votre compte avec un de vos codes de secours. Il vous en reste {left}. ${CHECK_FR}`,
      button: SETTINGS_FR,
    },
    en: {
      subject: '{cooperative}: a recovery code was used',
      body: `Hello {name},\n\nSomebody signed in to your account with one of your recovery codes. {left} are left. ${CHECK_EN}`,
      button: SETTINGS_EN,
    },
  },
  passkeyAdded: {
    fr: {
      subject: '{cooperative} : nouvelle clé d’accès',
      body: `Bonjour {name},\n\nLa clé d’accès « {passkey} » a été ajoutée : elle ouvre votre compte sans mot de passe. ${CHECK_FR}`,
      button: SETTINGS_FR,
    },
    en: {
      subject: '{cooperative}: new passkey',
      body: `Hello {name},\n\nThe passkey “{passkey}” was added: it opens your account without a password. ${CHECK_EN}`,
      button: SETTINGS_EN,
    },
  },
  passkeyRemoved: {
    fr: {
      subject: '{cooperative} : clé d’accès retirée',
      body: `Bonjour {name},\n\nLa clé d’accès « {passkey} » n’ouvre plus votre compte. ${CHECK_FR}`,
      button: SETTINGS_FR,
    },
    en: {
      subject: '{cooperative}: passkey removed',
      body: `Hello {name},\n\nThe passkey “{passkey}” opens your account no longer. ${CHECK_EN}`,
      button: SETTINGS_EN,
    },
  },
  factorsReset: {
    fr: {
      subject: '{cooperative} : vos moyens de connexion ont été remis à zéro',
      body: 'Bonjour {name},\n\nLa coopérative a retiré les codes à usage unique et les clés d’accès de votre compte, et vous a déconnecté partout. Raison donnée : {reason}\n\nVotre mot de passe reste le même. Si vous n’avez rien demandé, prévenez la coopérative sans attendre.',
      button: 'Se connecter',
    },
    en: {
      subject: '{cooperative}: how you sign in was reset',
      body: 'Hello {name},\n\nThe cooperative took the one-time codes and passkeys of your account away, and signed you out everywhere. The reason given: {reason}\n\nYour password stays the same. If you did not ask for this, tell the cooperative without delay.',
      button: 'Sign in',
    },
  },
  codesGuessed: {
    fr: {
      subject: '{cooperative} : quelqu’un essaie vos codes',
      body: 'Bonjour {name},\n\nPlusieurs codes faux viennent d’être essayés sur votre compte, après un mot de passe juste. Si ce n’était pas vous, quelqu’un connaît votre mot de passe : changez-le maintenant.',
      button: 'Choisir un mot de passe',
    },
    en: {
      subject: '{cooperative}: somebody is trying your codes',
      body: 'Hello {name},\n\nSeveral wrong codes have just been tried on your account, after a right password. If it was not you, somebody knows your password: change it now.',
      button: 'Choose a password',
    },
  },
};
