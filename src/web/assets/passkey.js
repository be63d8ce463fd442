// A form that is answered by a passkey: asks the server for a challenge, the device for its answer, and sends the form.
// Without a script, or in a browser without passkeys, it stays hidden, and one signs in as before.
const ask = async (form, signal) => {
  const csrf = form.elements.csrf?.value ?? '';
  const asked = await fetch(`${form.getAttribute('action')}/challenge`, {
    method: 'POST',
    body: new URLSearchParams({ csrf }),
    signal,
  });
  return asked.json();
};
const send = (form, made) => {
  form.elements.answer.value = JSON.stringify(made.toJSON());
  form.submit();
};
const known = (options) => PublicKeyCredential.parseRequestOptionsFromJSON(options);

// The browser also offers passkeys in the field where the name is typed. It waits without a word: whatever goes wrong
// with it, the password and the button are there.
const offer = (form, field) => {
  // A challenge lasts ten minutes here; whoever comes back to the field later gets another.
  const fresh = 8 * 60_000;
  let [waiting, since] = [undefined, 0];
  const begin = async () => {
    waiting?.abort();
    const { signal } = (waiting = new AbortController());
    since = Date.now();
    try {
      if ((await PublicKeyCredential.isConditionalMediationAvailable?.()) !== true || signal.aborted) return;
      const { options } = await ask(form, signal);
      if (options === undefined || signal.aborted) return;
      send(form, await navigator.credentials.get({ publicKey: known(options), mediation: 'conditional', signal }));
    } catch {
      // Another one was begun, or nothing was chosen.
    }
  };
  field.addEventListener('focus', () => {
    if (Date.now() - since > fresh) void begin();
  });
  void begin();
  // A browser waits for one passkey at a time, and this page for one challenge: the button's goes first.
  return { rest: () => waiting.abort(), again: () => void begin() };
};

for (const form of document.querySelectorAll('form[data-passkey]')) {
  if (globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON === undefined) continue;
  form.hidden = false;
  for (const without of document.querySelectorAll('[data-passkey-without]')) without.hidden = true;
  const trouble = form.querySelector('[data-trouble]');
  const say = (words) => {
    trouble.textContent = words;
    trouble.hidden = words === '';
  };
  const field = form.dataset.passkey === 'known' && document.querySelector('input[autocomplete~="webauthn"]');
  const offered = field ? offer(form, field) : undefined;
  let busy = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    say('');
    offered?.rest();
    try {
      const told = await ask(form);
      if (told.to !== undefined) {
        location.assign(told.to);
        return;
      }
      if (told.options === undefined) {
        say(told.message ?? form.dataset.failed);
        return;
      }
      send(
        form,
        form.dataset.passkey === 'new'
          ? await navigator.credentials.create({
              publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(told.options),
            })
          : await navigator.credentials.get({ publicKey: known(told.options) }),
      );
    } catch (error) {
      // Whoever shuts the device's own window, or lets it wait, gets no word from it but this one.
      if (error.name === 'InvalidStateError') say(form.dataset.known ?? form.dataset.failed);
      else say(error.name === 'NotAllowedError' ? form.dataset.cancelled : form.dataset.failed);
      offered?.again();
    } finally {
      busy = false;
    }
  });
}
