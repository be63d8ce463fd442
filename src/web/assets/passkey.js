// A form that is answered by a passkey: asks the server for a challenge, the device for its answer, and sends the form.
// Without a script, or in a browser without passkeys, it stays hidden, and one signs in as before.
for (const form of document.querySelectorAll('form[data-passkey]')) {
  if (globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON === undefined) continue;
  form.hidden = false;
  for (const without of document.querySelectorAll('[data-passkey-without]')) without.hidden = true;
  const trouble = form.querySelector('[data-trouble]');
  const say = (words) => {
    trouble.textContent = words;
    trouble.hidden = words === '';
  };
  let busy = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    say('');
    try {
      const csrf = form.elements.csrf?.value ?? '';
      const asked = await fetch(`${form.getAttribute('action')}/challenge`, {
        method: 'POST',
        body: new URLSearchParams({ csrf }),
      });
      const told = await asked.json();
      if (told.to !== undefined) {
        location.assign(told.to);
        return;
      }
      if (told.options === undefined) {
        say(told.message ?? form.dataset.failed);
        return;
      }
      const made =
        form.dataset.passkey === 'new'
          ? await navigator.credentials.create({
              publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(told.options),
            })
          : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(told.options) });
      form.elements.answer.value = JSON.stringify(made.toJSON());
      form.submit();
    } catch (error) {
      // Whoever shuts the device's own window, or lets it wait, gets no word from it but this one.
      if (error.name === 'InvalidStateError') say(form.dataset.known ?? form.dataset.failed);
      else say(error.name === 'NotAllowedError' ? form.dataset.cancelled : form.dataset.failed);
    } finally {
      busy = false;
    }
  });
}
