// What every form gains from a script: errors in the language of the page, the reader at them at once, nothing sent twice.
// Without it the browser checks the fields in its own words, and the server in ours.
document.querySelector('.summary')?.focus();

for (const form of document.querySelectorAll('form[method="post"]')) {
  form.noValidate = true;
  let sent = 0;
  form.addEventListener('submit', (event) => {
    // Half a date is nothing to the server: only the browser knows that something was typed.
    const half = [...form.elements].find((field) => field.validity?.badInput);
    if (half !== undefined) {
      event.preventDefault();
      half.reportValidity();
      return;
    }
    if (Date.now() - sent < 3_000) event.preventDefault();
    else sent = Date.now();
  });
  // Back in a page that was left by its form: it may be sent again.
  addEventListener('pageshow', () => (sent = 0));
}

// On a telephone the admin's areas lie in a row that is wider than the screen: the one that is open comes into view.
document.querySelector('.admin > nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
