/** What backup, restore and doctor say: keeping a node alive and in one piece. */

const en = {
  'backup.description': 'write all of the node into one locked file, while it goes on running',
  'backup.to': 'folder or file to write (default: backups in the data folder)',
  'backup.keyFile': 'file with the key (default: MAILLON_BACKUP_KEY or MAILLON_BACKUP_KEY_FILE)',
  'backup.keep': 'keep only the newest n backups of this node in the folder',
  'backup.plain': 'write a file that anybody can read who gets it: keys, addresses and messages included',
  'backup.newKey': 'make a key, write it to this file, and do nothing else',
  'backup.badKeep': '--keep is a whole number from 1 to 10000.',
  'backup.keepFolder': '--keep needs a folder: give one to --to.',
  'backup.noKey':
    'A backup holds the keys of all your actors, addresses and messages, and there is no key to lock it with.\nMake one:\n\n  maillon backup --new-key backup.key\n\nKeep a copy of that file elsewhere: without it a backup is worth nothing. Then run\n\n  maillon backup --key-file backup.key\n\nor set MAILLON_BACKUP_KEY_FILE. (--plain writes a file that is not locked.)',
  'backup.keyUnreadable': 'The key file "{file}" cannot be read: {problem}.',
  'backup.keyMade':
    'The key is in {file}; above is its public half, which locks backups and opens none.\nKeep a copy of the file elsewhere, on paper too: without it your backups are worth nothing.\nSet MAILLON_BACKUP_KEY_FILE to it, or give it as --key-file.',
  'backup.exists': '"{file}" exists already. Give another name.',
  'backup.rows': 'Rows',
  'backup.files': 'Files',
  'backup.done': 'Rows: {rows}. Files: {files}. {megabytes} MB in {file}',
  'backup.missing':
    'Files that the database speaks of and that are not there: {count} ({names}). maillon doctor tells more.',
  'backup.isPlain': 'The file is not locked: whoever gets it can act in the name of all your members.',
  'backup.sameMachine': 'It lies on the same machine: copy it elsewhere, or give --to a folder that is on another.',
  'backup.full': 'There is not enough space for "{file}" ({problem}). Make room; nothing was left behind.',
  'backup.failed': 'The backup failed: {problem}. Nothing was left of "{file}".',
  'backup.removed': 'Older backups removed: {count} ({names}).',
  'backup.fault.keyMissing':
    'The backup is locked. Give its key: --key-file, MAILLON_BACKUP_KEY_FILE or MAILLON_BACKUP_KEY.',
  'backup.fault.keyShort':
    'A passphrase for backups has at least {min} characters. Better still, make a key: maillon backup --new-key backup.key',
  'backup.fault.keyBad': 'The key is none: a letter is wrong or lacks. Take it from your copy again.',
  'backup.fault.keyPublic':
    'This is the public half (age1…), which opens nothing. Give the secret one (AGE-SECRET-KEY-1…).',
  'backup.fault.keyWrong': 'This key does not open it. Give the one with which it was made.',
  'backup.fault.foreign': 'It is no backup of a Maillon.',
  'backup.fault.damaged': 'It is damaged: cut short, or altered. Take another copy of it, or an older backup.',
  'backup.fault.newer': 'A newer version of Maillon made it. Update this one first: git pull && npm ci',
  'backup.fault.otherOrigin':
    'It is of a node at another address, {origin}. All its names begin with it: set MAILLON_ORIGIN={origin}',
  'backup.fault.inUse': 'A node, or something else, is using this database. Stop it first.',
  'backup.fault.lived':
    'There is a node already. Give --replace to put this one in its place: what is there is kept beside it.',
  'restore.description': 'make a node out of a backup; it sends nothing to anybody before it is confirmed',
  'restore.file': 'the backup',
  'restore.replace': 'put it in the place of the node that is there, which is kept beside it',
  'restore.confirm': 'let a restored node speak again: this one is the one from now on',
  'restore.what': 'Give the file to restore, or --confirm alone.',
  'restore.progress': 'Restoring (MB)',
  'restore.failed': '"{file}" was not restored, and nothing has changed. {why}',
  'restore.done': '{name} is restored as it was on {when}. Rows: {rows}. Files: {files}.',
  'restore.aside': 'What was there is kept under the name {aside}.',
  'restore.missing': 'Files that lacked already when the backup was made: {count} ({names}).',
  'restore.held':
    'Until you confirm, the node receives and sends nothing. Make sure that the old one does not run any more, start\nthis one (npm start), look whether all is right, and confirm in the admin area or by\n\n  {command}',
  'restore.nothing': 'There is nothing to confirm: this node was not restored, or was confirmed before.',
  'restore.confirmed':
    'Confirmed: the node speaks again, as it was on {when}.\nDeliveries that go out: {deliveries}, to {hosts} servers (who had them already knows them by their ids). Changes not told yet: {news}. Letters: {letters}.\nPartners whose catalogues are compared: {peers}. Follows that are asked for again: {follows}.',
  'doctor.description':
    'check the settings, the database, the pictures, the keys, the backups, the queue, the clock and the address',
  'doctor.settings': 'settings',
  'doctor.settingsFine': 'no faults; public address {origin}',
  'doctor.database': 'database',
  'doctor.databaseFine': '{engine} answers; migrations are applied',
  'doctor.integrity': 'integrity',
  'doctor.integrityFine': 'what is in the database fits together',
  'doctor.cooperative': 'cooperative',
  'doctor.cooperativeFine': '{name}; members: {members}, listings: {listings}',
  'doctor.keys': 'keys',
  'doctor.keysFine': 'every actor of this node has both: {count}',
  'doctor.keysMissing':
    'missing or unreadable for: {actors}. Restore them from a backup: others know these actors by them.',
  'doctor.disk': 'disk',
  'doctor.diskFine': '{free} GB free in {dir}',
  'doctor.diskLow': 'only {free} GB free in {dir}. Make room: when it is full, nothing can be saved.',
  'doctor.notWritable': '{dir} cannot be written: {problem}. Give the folder to the user who runs the node.',
  'doctor.address': 'address',
  'doctor.addressFine': '{host} leads to {addresses}',
  'doctor.addressLocal': '{host} is this machine only: nobody else can reach the node',
  'doctor.addressWrong': '{host} is not found: {problem}. Check the spelling and the DNS entry.',
  'doctor.node': 'node',
  'doctor.nodeFine': 'it answers at {origin}',
  'doctor.nodeOff': 'nothing answers at {origin}: {problem}. Start it (npm start), or check the reverse proxy.',
  'doctor.nodeOther': '{origin} answers with {status}, not as this node. Check the reverse proxy.',
  'doctor.mail': 'mail',
  'doctor.mailOn': 'SMTP_URL is set (no message was sent to try it)',
  'doctor.mailOff': 'no SMTP_URL: links are shown to the admin instead of being sent',
  'doctor.audit': 'log of decisions',
  'doctor.auditFine':
    'whole, {count} entries; the last has the hash {hash}: who notes it elsewhere can prove that none was altered',
  'doctor.audit.changed':
    'entry {n} is not as it was written. Somebody altered the database: compare with a backup or an export.',
  'doctor.audit.missing':
    'entries before {n} are gone. Somebody altered the database: compare with a backup or an export.',
  'doctor.audit.unlinked':
    'entry {n} does not follow the one before it: one of the two was put in or altered. Compare with a backup or an export.',
  'doctor.audit.start':
    'it begins with entry {n}, and nothing says that those before it were cleaned up. Compare with a backup or an export.',
  'doctor.audit.end':
    'it does not end with entry {n}, as it should: entries were cut off or added at its end. Compare with a backup or an export.',
  'doctor.audit.other': 'entry {n} says that it is the log of another node. Was this database mixed with another one?',
  'doctor.queue': 'deliveries',
  'doctor.offline': 'do not ask the network (address, node)',
  'doctor.integrityBroken':
    'SQLite says: {problem}. Stop the node and restore the newest backup: maillon restore FILE --replace',
  'doctor.dangling':
    'rows of {from} that speak of {to} that are not there: {rows}. Please report this; a backup from before may have them.',
  'doctor.media': 'pictures',
  'doctor.mediaFine': 'all are there: {count} files',
  'doctor.mediaMissing':
    'files that are not there: {missing} of {count} ({names}). Restore them from a backup, or have the photos added anew.',
  'doctor.mediaUnused': 'files that nothing uses: {count}, {megabytes} MB. They do no harm.',
  'doctor.restored': 'restored',
  'doctor.unconfirmed':
    'from the backup of {when}, and not confirmed: nothing leaves the node. maillon restore --confirm, or the admin area.',
  'doctor.confirmed': 'from the backup of {when}, confirmed on {confirmed}',
  'doctor.backup': 'backup',
  'doctor.backupFine': 'the newest is of {when}',
  'doctor.backupOld': 'the newest is of {when}. Have one made every day: docs/backup.md',
  'doctor.backupNone': 'there is none. Make one: maillon backup; every day: docs/backup.md',
  'doctor.queueFine': 'waiting: {waiting}, given up: {dead}',
  'doctor.queueOld':
    'waiting: {waiting}, given up: {dead}; the oldest since {since}, for {host}{error}. If others wait as well, look at the node’s log; if that server is gone for good, end the partnership.',
  'doctor.clock': 'clock',
  'doctor.clockFine': 'agrees with {host} to the second or so',
  'doctor.clockOff':
    'differs from {host} by {seconds} seconds. Others refuse what is signed at a wrong time: switch on time synchronisation (timedatectl set-ntp true).',
  'doctor.clockAlone': 'no partner to compare with',
  'doctor.clockUnknown': 'no partner answered to compare with',
  'doctor.unchecked': 'Not checked: the certificate’s expiry, whether mail arrives, whether others can reach the node.',
};

const fr: Record<keyof typeof en, string> = {
  'backup.description': 'écrire tout le nœud dans un seul fichier chiffré, pendant qu’il continue de tourner',
  'backup.to': 'dossier ou fichier à écrire (par défaut : backups dans le dossier des données)',
  'backup.keyFile': 'fichier de la clé (par défaut : MAILLON_BACKUP_KEY ou MAILLON_BACKUP_KEY_FILE)',
  'backup.keep': 'ne garder dans le dossier que les n sauvegardes les plus récentes de ce nœud',
  'backup.plain': 'écrire un fichier lisible par qui l’obtient : clés, adresses et messages compris',
  'backup.newKey': 'créer une clé, l’écrire dans ce fichier, et ne rien faire d’autre',
  'backup.badKeep': '--keep est un nombre entier de 1 à 10000.',
  'backup.keepFolder': '--keep demande un dossier : donnez-en un à --to.',
  'backup.noKey':
    'Une sauvegarde contient les clés de tous vos acteurs, des adresses et des messages, et aucune clé n’est donnée pour la chiffrer.\nCréez-en une :\n\n  maillon backup --new-key backup.key\n\nGardez une copie de ce fichier ailleurs : sans lui, une sauvegarde ne vaut rien. Puis lancez\n\n  maillon backup --key-file backup.key\n\nou réglez MAILLON_BACKUP_KEY_FILE. (--plain écrit un fichier non chiffré.)',
  'backup.keyUnreadable': 'Le fichier de clé « {file} » ne peut pas être lu : {problem}.',
  'backup.keyMade':
    'La clé est dans {file} ; ci-dessus, sa moitié publique, qui chiffre des sauvegardes et n’en ouvre aucune.\nGardez une copie du fichier ailleurs, sur papier aussi : sans lui, vos sauvegardes ne valent rien.\nDonnez son chemin à MAILLON_BACKUP_KEY_FILE ou à --key-file.',
  'backup.exists': '« {file} » existe déjà. Donnez un autre nom.',
  'backup.rows': 'Lignes',
  'backup.files': 'Fichiers',
  'backup.done': 'Lignes : {rows}. Fichiers : {files}. {megabytes} Mo dans {file}',
  'backup.missing': 'Fichiers dont parle la base et qui sont absents : {count} ({names}). maillon doctor en dit plus.',
  'backup.isPlain': 'Le fichier n’est pas chiffré : qui l’obtient peut agir au nom de tous vos membres.',
  'backup.sameMachine':
    'Il se trouve sur la même machine : copiez-le ailleurs, ou donnez à --to un dossier qui est sur une autre.',
  'backup.full': 'Pas assez de place pour « {file} » ({problem}). Libérez-en ; rien n’en est resté.',
  'backup.failed': 'La sauvegarde a échoué : {problem}. Rien n’est resté de « {file} ».',
  'backup.removed': 'Sauvegardes plus anciennes supprimées : {count} ({names}).',
  'backup.fault.keyMissing':
    'La sauvegarde est chiffrée. Donnez sa clé : --key-file, MAILLON_BACKUP_KEY_FILE ou MAILLON_BACKUP_KEY.',
  'backup.fault.keyShort':
    'Une phrase secrète de sauvegarde a au moins {min} caractères. Mieux encore, créez une clé : maillon backup --new-key backup.key',
  'backup.fault.keyBad': 'Ce n’est pas une clé : une lettre est fausse ou manque. Reprenez-la de votre copie.',
  'backup.fault.keyPublic':
    'C’est la moitié publique (age1…), qui n’ouvre rien. Donnez la moitié secrète (AGE-SECRET-KEY-1…).',
  'backup.fault.keyWrong': 'Cette clé ne l’ouvre pas. Donnez celle avec laquelle elle a été faite.',
  'backup.fault.foreign': 'Ce n’est pas une sauvegarde d’un Maillon.',
  'backup.fault.damaged':
    'Elle est abîmée : tronquée ou modifiée. Prenez-en une autre copie, ou une sauvegarde plus ancienne.',
  'backup.fault.newer':
    'Une version plus récente de Maillon l’a faite. Mettez d’abord celle-ci à jour : git pull && npm ci',
  'backup.fault.otherOrigin':
    'Elle est d’un nœud à une autre adresse, {origin}. Tous ses noms commencent par elle : réglez MAILLON_ORIGIN={origin}',
  'backup.fault.inUse': 'Un nœud, ou autre chose, utilise cette base de données. Arrêtez-le d’abord.',
  'backup.fault.lived':
    'Il y a déjà un nœud. Donnez --replace pour mettre celui-ci à sa place : ce qui est là est gardé à côté.',
  'restore.description': 'refaire un nœud d’une sauvegarde ; il n’envoie rien à personne avant d’être confirmé',
  'restore.file': 'la sauvegarde',
  'restore.replace': 'la mettre à la place du nœud qui est là, et garder celui-ci à côté',
  'restore.confirm': 'laisser parler de nouveau un nœud restauré : désormais, c’est lui',
  'restore.what': 'Donnez le fichier à restaurer, ou --confirm seul.',
  'restore.progress': 'Restauration (Mo)',
  'restore.failed': '« {file} » n’a pas été restauré, et rien n’a changé. {why}',
  'restore.done': '{name} est restaurée dans son état du {when}. Lignes : {rows}. Fichiers : {files}.',
  'restore.aside': 'Ce qui était là est gardé sous le nom {aside}.',
  'restore.missing': 'Fichiers déjà absents quand la sauvegarde a été faite : {count} ({names}).',
  'restore.held':
    'Tant que vous n’avez pas confirmé, le nœud reçoit et n’envoie rien. Assurez-vous que l’ancien ne tourne plus, lancez\ncelui-ci (npm start), regardez si tout est juste, et confirmez dans l’administration ou par\n\n  {command}',
  'restore.nothing': 'Rien à confirmer : ce nœud n’a pas été restauré, ou l’a déjà été.',
  'restore.confirmed':
    'Confirmé : le nœud parle de nouveau, dans son état du {when}.\nEnvois qui partent : {deliveries}, vers {hosts} serveurs (qui les a déjà les reconnaît à leur identifiant). Changements pas encore annoncés : {news}. Courriers : {letters}.\nPartenaires dont les catalogues sont comparés : {peers}. Abonnements redemandés : {follows}.',
  'doctor.description':
    'vérifier les réglages, la base, les photos, les clés, les sauvegardes, les envois, l’horloge et l’adresse',
  'doctor.settings': 'réglages',
  'doctor.settingsFine': 'aucun défaut ; adresse publique {origin}',
  'doctor.database': 'base de données',
  'doctor.databaseFine': '{engine} répond ; les migrations sont appliquées',
  'doctor.integrity': 'intégrité',
  'doctor.integrityFine': 'le contenu de la base est cohérent',
  'doctor.cooperative': 'coopérative',
  'doctor.cooperativeFine': '{name} ; membres : {members}, annonces : {listings}',
  'doctor.keys': 'clés',
  'doctor.keysFine': 'chaque acteur de ce nœud a les siennes : {count}',
  'doctor.keysMissing':
    'absentes ou illisibles pour : {actors}. Restaurez-les d’une sauvegarde : les autres reconnaissent ces acteurs à elles.',
  'doctor.disk': 'disque',
  'doctor.diskFine': '{free} Go libres dans {dir}',
  'doctor.diskLow':
    'seulement {free} Go libres dans {dir}. Faites de la place : une fois plein, rien ne s’enregistre plus.',
  'doctor.notWritable':
    'impossible d’écrire dans {dir} : {problem}. Donnez ce dossier à l’utilisateur qui fait tourner le nœud.',
  'doctor.address': 'adresse',
  'doctor.addressFine': '{host} mène à {addresses}',
  'doctor.addressLocal': '{host} n’est que cette machine : personne d’autre ne peut joindre le nœud',
  'doctor.addressWrong': '{host} est introuvable : {problem}. Vérifiez l’orthographe et l’entrée DNS.',
  'doctor.node': 'nœud',
  'doctor.nodeFine': 'il répond à {origin}',
  'doctor.nodeOff': 'rien ne répond à {origin} : {problem}. Lancez-le (npm start), ou vérifiez le serveur mandataire.',
  'doctor.nodeOther': '{origin} répond {status}, pas comme ce nœud. Vérifiez le serveur mandataire.',
  'doctor.mail': 'courrier',
  'doctor.mailOn': 'SMTP_URL est réglé (aucun message d’essai n’a été envoyé)',
  'doctor.mailOff': 'pas de SMTP_URL : les liens sont montrés à l’administration au lieu d’être envoyés',
  'doctor.audit': 'registre des décisions',
  'doctor.auditFine':
    'entier, {count} lignes ; la dernière a l’empreinte {hash} : qui la note ailleurs peut prouver que rien n’a été modifié',
  'doctor.audit.changed':
    'la ligne {n} n’est plus comme elle a été écrite. Quelqu’un a modifié la base : comparez avec une sauvegarde ou un export.',
  'doctor.audit.missing':
    'des lignes manquent avant la ligne {n}. Quelqu’un a modifié la base : comparez avec une sauvegarde ou un export.',
  'doctor.audit.unlinked':
    'la ligne {n} ne suit pas celle qui la précède : l’une des deux a été ajoutée ou modifiée. Comparez avec une sauvegarde ou un export.',
  'doctor.audit.start':
    'il commence à la ligne {n}, et rien ne dit que les précédentes ont été nettoyées. Comparez avec une sauvegarde ou un export.',
  'doctor.audit.end':
    'il ne finit pas par la ligne {n}, comme il devrait : des lignes ont été coupées ou ajoutées à la fin. Comparez avec une sauvegarde ou un export.',
  'doctor.audit.other':
    'la ligne {n} dit que c’est le registre d’un autre nœud. Cette base a-t-elle été mêlée à une autre ?',
  'doctor.queue': 'envois',
  'doctor.offline': 'ne rien demander au réseau (adresse, nœud)',
  'doctor.integrityBroken':
    'SQLite dit : {problem}. Arrêtez le nœud et restaurez la dernière sauvegarde : maillon restore FICHIER --replace',
  'doctor.dangling':
    'lignes de {from} qui parlent de {to} absents : {rows}. Merci de le signaler ; une sauvegarde d’avant les a peut-être.',
  'doctor.media': 'photos',
  'doctor.mediaFine': 'toutes sont là, {count} en tout',
  'doctor.mediaMissing':
    'fichiers absents : {missing} sur {count} ({names}). Restaurez-les d’une sauvegarde, ou faites ajouter de nouveau ces photos.',
  'doctor.mediaUnused': 'fichiers que rien n’utilise : {count}, {megabytes} Mo. Ils ne gênent pas.',
  'doctor.restored': 'restauration',
  'doctor.unconfirmed':
    'de la sauvegarde du {when}, et non confirmée : rien ne quitte le nœud. maillon restore --confirm, ou l’administration.',
  'doctor.confirmed': 'de la sauvegarde du {when}, confirmée le {confirmed}',
  'doctor.backup': 'sauvegarde',
  'doctor.backupFine': 'la dernière est du {when}',
  'doctor.backupOld': 'la dernière est du {when}. Faites-en faire une chaque jour : docs/backup.md',
  'doctor.backupNone': 'il n’y en a pas. Faites-en une : maillon backup ; chaque jour : docs/backup.md',
  'doctor.queueFine': 'en attente : {waiting}, abandonnés : {dead}',
  'doctor.queueOld':
    'en attente : {waiting}, abandonnés : {dead} ; le plus ancien depuis le {since}, pour {host}{error}. Si d’autres attendent aussi, regardez le journal du nœud ; si ce serveur a disparu pour de bon, mettez fin au partenariat.',
  'doctor.clock': 'horloge',
  'doctor.clockFine': 'd’accord avec {host} à une seconde près',
  'doctor.clockOff':
    'diffère de {host} de {seconds} secondes. Les autres refusent ce qui est signé à une heure fausse : activez la synchronisation (timedatectl set-ntp true).',
  'doctor.clockAlone': 'aucun partenaire avec qui comparer',
  'doctor.clockUnknown': 'aucun partenaire n’a répondu pour comparer',
  'doctor.unchecked': 'Non vérifiés : la fin du certificat, l’arrivée du courrier, l’accès depuis l’extérieur.',
};

export const KEEPING = { en, fr };
