/** What letters say. `{cooperative}`, `{name}` and the like are filled in; the link stands below as the one button. */
import { ATTESTATION_LETTERS, type AttestationLetter } from './letters-attestations.ts';
import { MODERATION_LETTERS, type ModerationLetter } from './letters-moderation.ts';
import { TRUST_LETTERS, type TrustLetter } from './letters-trust.ts';
import { SIGN_IN_LETTERS, type SignInLetter } from './letters-sign-in.ts';

export type Text = { subject: string; body: string; button: string };
export type LetterName =
  | ModerationLetter
  | TrustLetter
  | AttestationLetter
  | SignInLetter
  | 'confirm'
  | 'reset'
  | 'invite'
  | 'alreadyHere'
  | 'approved'
  | 'refused'
  | 'message'
  | 'toApprove'
  | 'peering'
  | 'peeringCountered'
  | 'newAddress'
  | 'addressChanged'
  | 'closed'
  | 'erased'
  | 'erasedPartly'
  | 'theyMoved'
  | 'keyChanged'
  | 'failing'
  | 'wellAgain'
  | 'test';

/** Of these the pages tell all who sign in: without a mail server nobody has to hand them over. */
export const SHOWN_ANYWAY: readonly LetterName[] = ['message', 'toApprove', 'peering', 'peeringCountered'];

export const LETTERS: Record<LetterName, { fr: Text; en: Text }> = {
  ...MODERATION_LETTERS,
  ...TRUST_LETTERS,
  ...ATTESTATION_LETTERS,
  ...SIGN_IN_LETTERS,
  confirm: {
    fr: {
      subject: '{cooperative} : confirmez votre adresse',
      body: 'Bonjour {name},\n\nIl ne reste qu’à confirmer que cette adresse est bien la vôtre. Le lien est valable trois jours.',
      button: 'Confirmer mon adresse',
    },
    en: {
      subject: '{cooperative}: confirm your address',
      body: 'Hello {name},\n\nOne step is left: confirm that this address is yours. The link is good for three days.',
      button: 'Confirm my address',
    },
  },
  reset: {
    fr: {
      subject: '{cooperative} : nouveau mot de passe',
      body: 'Bonjour {name},\n\nVous avez demandé à choisir un nouveau mot de passe. Le lien est valable une heure et une seule fois. Si ce n’était pas vous, ignorez cette lettre.',
      button: 'Choisir un mot de passe',
    },
    en: {
      subject: '{cooperative}: new password',
      body: 'Hello {name},\n\nYou asked to choose a new password. The link is good for one hour and works once. If it was not you, ignore this letter.',
      button: 'Choose a password',
    },
  },
  invite: {
    fr: {
      subject: '{name} vous invite chez {cooperative}',
      body: 'Bonjour,\n\n{name} vous invite à rejoindre {cooperative}. L’invitation est valable sept jours.',
      button: 'Rejoindre la coopérative',
    },
    en: {
      subject: '{name} invites you to {cooperative}',
      body: 'Hello,\n\n{name} invites you to join {cooperative}. The invitation is good for seven days.',
      button: 'Join the cooperative',
    },
  },
  alreadyHere: {
    fr: {
      subject: '{cooperative} : vous avez déjà un compte',
      body: 'Bonjour {name},\n\nQuelqu’un a voulu s’inscrire avec votre adresse, qui a déjà un compte ici. Si c’était vous, connectez-vous ; sinon, ignorez cette lettre.',
      button: 'Se connecter',
    },
    en: {
      subject: '{cooperative}: you have an account already',
      body: 'Hello {name},\n\nSomebody tried to sign up with your address, which has an account here. If it was you, sign in; if not, ignore this letter.',
      button: 'Sign in',
    },
  },
  approved: {
    fr: {
      subject: 'Bienvenue chez {cooperative}',
      body: 'Bonjour {name},\n\nVotre adhésion est acceptée. Vous pouvez vous connecter.',
      button: 'Se connecter',
    },
    en: {
      subject: 'Welcome to {cooperative}',
      body: 'Hello {name},\n\nYour membership is accepted. You can sign in.',
      button: 'Sign in',
    },
  },
  refused: {
    fr: {
      subject: '{cooperative} : votre demande',
      body: 'Bonjour {name},\n\nVotre demande d’adhésion n’a pas été retenue. {reason}',
      button: '',
    },
    en: {
      subject: '{cooperative}: your request',
      body: 'Hello {name},\n\nYour request to join was not accepted. {reason}',
      button: '',
    },
  },
  message: {
    fr: {
      subject: '{from} vous écrit au sujet de « {title} »',
      body: 'Bonjour {name},\n\nUn message vous attend. Répondez-y sur la page de la conversation ; ne répondez pas à cette lettre.',
      button: 'Lire le message',
    },
    en: {
      subject: '{from} writes to you about "{title}"',
      body: 'Hello {name},\n\nA message is waiting for you. Answer it on the page of the conversation; do not reply to this letter.',
      button: 'Read the message',
    },
  },
  toApprove: {
    fr: {
      subject: '{name} demande à rejoindre {cooperative}',
      body: 'Bonjour,\n\n{name} a confirmé son adresse et attend votre décision.',
      button: 'Voir la demande',
    },
    en: {
      subject: '{name} asks to join {cooperative}',
      body: 'Hello,\n\n{name} has confirmed their address and waits for your decision.',
      button: 'See the request',
    },
  },
  peering: {
    fr: {
      subject: '{peer} demande à échanger avec {cooperative}',
      body: 'Bonjour,\n\nLa coopérative {peer} demande à devenir partenaire : les annonces partagées seraient visibles des deux côtés.',
      button: 'Voir la demande',
    },
    en: {
      subject: '{peer} asks to exchange with {cooperative}',
      body: 'Hello,\n\nThe cooperative {peer} asks to become a partner: shared listings would be seen on both sides.',
      button: 'See the request',
    },
  },
  peeringCountered: {
    fr: {
      subject: '{peer} propose d’autres conditions à {cooperative}',
      body: 'Bonjour,\n\nLa coopérative {peer} a répondu à votre demande : elle veut bien échanger, à des conditions un peu différentes. Vous voyez ce qui change, et vous pouvez accepter, proposer autre chose ou retirer votre demande.',
      button: 'Voir ce qui change',
    },
    en: {
      subject: '{peer} proposes other terms to {cooperative}',
      body: 'Hello,\n\nThe cooperative {peer} has answered your request: it would like to exchange, on slightly different terms. You see what changes, and you can accept, propose something else or withdraw your request.',
      button: 'See what changes',
    },
  },
  newAddress: {
    fr: {
      subject: '{cooperative} : confirmez votre nouvelle adresse',
      body: 'Bonjour {name},\n\nVous avez demandé que vos lettres arrivent désormais ici. L’adresse comptera dès que vous l’aurez confirmée. Le lien est valable trois jours. Si ce n’était pas vous, ignorez cette lettre : rien ne change.',
      button: 'Confirmer ma nouvelle adresse',
    },
    en: {
      subject: '{cooperative}: confirm your new address',
      body: 'Hello {name},\n\nYou asked that your letters come here from now on. The address counts as soon as you have confirmed it. The link is good for three days. If it was not you, ignore this letter: nothing changes.',
      button: 'Confirm my new address',
    },
  },
  addressChanged: {
    fr: {
      subject: '{cooperative} : votre adresse a changé',
      body: 'Bonjour {name},\n\nL’adresse de votre compte est désormais {address} ; celle-ci ne sert plus. Si ce n’était pas vous, écrivez tout de suite à votre coopérative.',
      button: '',
    },
    en: {
      subject: '{cooperative}: your address has changed',
      body: 'Hello {name},\n\nThe address of your account is now {address}; this one is no longer used. If it was not you, write to your cooperative at once.',
      button: '',
    },
  },
  closed: {
    fr: {
      subject: '{cooperative} : votre compte est fermé',
      body: 'Bonjour {name},\n\nVotre compte est fermé et vos annonces sont retirées, ici et chez les coopératives qui les avaient reçues. Merci pour ce que vous avez partagé.\n\nVous pouvez voir quels serveurs l’ont confirmé ; nous vous l’écrirons une dernière fois quand tous auront répondu ou que nous aurons renoncé, puis nous effacerons votre adresse.',
      button: 'Voir qui est prévenu',
    },
    en: {
      subject: '{cooperative}: your account is closed',
      body: 'Hello {name},\n\nYour account is closed and your listings are withdrawn, here and at the cooperatives that had received them. Thank you for what you shared.\n\nYou can see which servers have confirmed it; we write a last time when all have answered or we have given up, and then erase your address.',
      button: 'See who has been told',
    },
  },
  erased: {
    fr: {
      subject: '{cooperative} : tout est effacé',
      body: 'Bonjour {name},\n\nTous les serveurs qui avaient reçu quelque chose de vous ({told}) ont confirmé avoir été prévenus de votre départ. Votre adresse e-mail est effacée chez nous avec cette lettre.',
      button: 'Voir le compte rendu',
    },
    en: {
      subject: '{cooperative}: everything is erased',
      body: 'Hello {name},\n\nAll servers that had received something of yours ({told}) have confirmed that they were told of your leaving. Your e-mail address is erased here with this letter.',
      button: 'See the report',
    },
  },
  erasedPartly: {
    fr: {
      subject: '{cooperative} : votre départ n’a pas pu être dit partout',
      body: 'Bonjour {name},\n\n{told} serveur(s) ont confirmé avoir été prévenus de votre départ. Ceux-ci n’ont pas pu l’être et gardent peut-être quelque chose de vous :\n\n{missed}\n\nVous pouvez leur écrire vous-même. Votre adresse e-mail est effacée chez nous avec cette lettre.',
      button: 'Voir le compte rendu',
    },
    en: {
      subject: '{cooperative}: your leaving could not be told everywhere',
      body: 'Hello {name},\n\n{told} server(s) have confirmed that they were told of your leaving. These could not be told, and may still hold something of yours:\n\n{missed}\n\nYou can write to them yourself. Your e-mail address is erased here with this letter.',
      button: 'See the report',
    },
  },
  theyMoved: {
    fr: {
      subject: '{who} a déménagé',
      body: 'Bonjour {name},\n\n{who}, que vous suiviez, a déménagé vers {to}. Vous suivez désormais cette nouvelle adresse ; vous n’avez rien à faire. Si vous ne le souhaitez pas, ne la suivez plus.',
      button: 'Voir qui je suis',
    },
    en: {
      subject: '{who} has moved',
      body: 'Hello {name},\n\n{who}, whom you followed, has moved to {to}. You now follow the new address; there is nothing to do. If you would rather not, stop following it.',
      button: 'See whom I follow',
    },
  },
  keyChanged: {
    fr: {
      subject: '{peer} montre une nouvelle clé : à vérifier',
      body: 'Bonjour,\n\nLe serveur de {peer} ({host}) montre une autre clé que celle que nous connaissions, et rien ne prouve qu’elle vient de cette coopérative. Tant que vous n’avez pas décidé, rien de ce qui en vient n’est pris, et rien n’y est envoyé ; rien ne se perd.\n\nAppelez la personne qui l’administre et comparez les deux empreintes avant d’approuver.',
      button: 'Voir les deux clés',
    },
    en: {
      subject: '{peer} shows a new key: please check',
      body: 'Hello,\n\nThe server of {peer} ({host}) shows another key than the one we knew, and nothing proves that it comes from that cooperative. Until you have decided, nothing from there is taken and nothing is sent there; nothing is lost.\n\nCall the person who runs it and compare the two thumbprints before you approve.',
      button: 'See both keys',
    },
  },
  failing: {
    fr: {
      subject: '{cooperative} : {what}',
      body: 'Bonjour,\n\nRien n’arrive plus depuis plus d’un jour chez :\n{list}\n\nCe qui leur est destiné attend ici et sera réessayé de lui-même. Écrivez à la personne qui administre ce serveur ; la page dit ce qui se passe et ce que vous pouvez faire. Vous recevrez une lettre quand cela ira de nouveau.',
      button: 'Voir ce qui se passe',
    },
    en: {
      subject: '{cooperative}: {what}',
      body: 'Hello,\n\nFor more than a day nothing has arrived at:\n{list}\n\nWhat is for them waits here and is tried again by itself. Write to the person who runs that server; the page says what happens and what you can do. You get a letter when all is well again.',
      button: 'See what happens',
    },
  },
  wellAgain: {
    fr: {
      subject: '{cooperative} : {what}',
      body: 'Bonjour,\n\nTout arrive de nouveau chez :\n{list}\n\nIl n’y a rien à faire.',
      button: 'Voir les partenaires',
    },
    en: {
      subject: '{cooperative}: {what}',
      body: 'Hello,\n\nEverything arrives again at:\n{list}\n\nThere is nothing to do.',
      button: 'See the partners',
    },
  },
  test: {
    fr: {
      subject: '{cooperative} : lettre d’essai',
      body: 'Bonjour {name},\n\nSi vous lisez ceci, les lettres de {cooperative} arrivent. Il n’y a rien à faire.',
      button: '',
    },
    en: {
      subject: '{cooperative}: test letter',
      body: 'Hello {name},\n\nIf you read this, the letters of {cooperative} arrive. There is nothing to do.',
      button: '',
    },
  },
};
