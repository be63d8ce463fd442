/** What is said of photos that an import names, in English and French; part of the table in messages.ts. */
export const photosEn = {
  'errors.import.noPhotos': 'Photos cannot be read here: leave the column empty.',
  'errors.import.photoUrl':
    '"{path}" is neither a path nor a web address: give one that begins with https://, or the path of a file.',
  'errors.import.photoRefused':
    '"{path}" is not fetched: only public addresses that begin with https:// are. Or put the file beside the import file and give its path.',
  'errors.import.photoRedirect':
    '"{path}" leads to another address: open it in a browser and give the address that it ends at.',
  'errors.import.photoSilent':
    '{host} does not answer ("{path}"). Run the same file again later, or download the photo and give its path.',
  'errors.import.photoTls':
    'The certificate of {host} is not valid ("{path}"). Download the photo and give its path, or tell who runs that server.',
  'errors.import.photoNoSuchHost': 'There is no server named {host} ("{path}"): check the spelling of the address.',
  'errors.import.photoNoPicture':
    'What is at "{path}" is no JPEG, PNG, WebP or AVIF: give the address of the picture itself, not of the page that shows it.',
  'errors.import.photoNotFound': 'There is nothing (any more) at "{path}": check the address.',
  'errors.import.photoStatus':
    '{host} does not hand out "{path}" (it answers {status}). Download the photo and give its path.',
  'errors.import.photoOutside':
    '"{path}" is not below the folder of the file: put it there and give its path from there.',
  'errors.import.photoMissing': 'There is no file "{path}" (paths begin at the folder of the import file).',
  'errors.import.photoTooLarge': '"{path}" is larger than 10 MB: make it smaller.',
  'errors.picture.format':
    '"{path}" is no JPEG, PNG, WebP or AVIF, whatever it says that it is: save it as one of these.',
  'errors.picture.dimensions':
    '"{path}" is {width} by {height} pixels: at most {side} on a side and {megapixels} megapixels in all. Make it smaller.',
  'errors.picture.broken': '"{path}" cannot be read as a photo: open it, save it anew as JPEG, and try again.',
};

export const photosFr: Record<keyof typeof photosEn, string> = {
  'errors.import.noPhotos': 'Les photos ne se lisent pas ici : laissez la colonne vide.',
  'errors.import.photoUrl':
    '« {path} » n’est ni un chemin ni une adresse web : donnez une adresse qui commence par https://, ou le chemin d’un fichier.',
  'errors.import.photoRefused':
    '« {path} » ne peut pas être téléchargée : seules les adresses publiques qui commencent par https:// le peuvent. Vous pouvez aussi placer le fichier à côté du fichier d’import et donner son chemin.',
  'errors.import.photoRedirect':
    '« {path} » mène à une autre adresse : ouvrez-la dans un navigateur et donnez l’adresse d’arrivée.',
  'errors.import.photoSilent':
    '{host} ne répond pas (« {path} »). Relancez l’import plus tard, ou téléchargez la photo et donnez son chemin.',
  'errors.import.photoTls':
    'Le certificat de {host} n’est pas valable (« {path} »). Téléchargez la photo et donnez son chemin, ou prévenez qui gère ce serveur.',
  'errors.import.photoNoSuchHost':
    'Aucun serveur ne s’appelle {host} (« {path} ») : vérifiez l’orthographe de l’adresse.',
  'errors.import.photoNoPicture':
    'Ce qui se trouve à « {path} » n’est pas une image JPEG, PNG, WebP ou AVIF : donnez l’adresse de l’image elle-même, non de la page qui la montre.',
  'errors.import.photoNotFound': 'Il n’y a rien (ou plus rien) à « {path} » : vérifiez l’adresse.',
  'errors.import.photoStatus':
    '{host} ne livre pas « {path} » (réponse {status}). Téléchargez la photo et donnez son chemin.',
  'errors.import.photoOutside':
    '« {path} » n’est pas au-dessous du dossier du fichier : mettez-la là et donnez son chemin depuis là.',
  'errors.import.photoMissing':
    'Le fichier « {path} » n’existe pas (les chemins partent du dossier du fichier importé).',
  'errors.import.photoTooLarge': '« {path} » dépasse 10 Mo : réduisez-la.',
  'errors.picture.format':
    '« {path} » n’est pas un JPEG, PNG, WebP ou AVIF, quoi qu’il en dise : enregistrez-le dans l’un de ces formats.',
  'errors.picture.dimensions':
    '« {path} » fait {width} pixels sur {height} : au plus {side} de côté et {megapixels} mégapixels en tout. Réduisez-la.',
  'errors.picture.broken':
    '« {path} » ne peut pas être lue comme une photo : ouvrez-la, enregistrez-la à nouveau en JPEG et réessayez.',
};
