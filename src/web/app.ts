/** The web half: what holds for every request, then the areas in reading order. */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { troubleOf } from '#db/trouble.ts';
import { describe, log } from '#src/log.ts';
import { putCookie } from './cookies.ts';
import { adminRoutes } from './admin/routes.ts';
import { lazyApi } from './api/lazy.ts';
import { authorizeRoutes } from './apps/authorize.ts';
import { tokenRoutes } from './apps/token.ts';
import { brokenPage } from './broken.ts';
import { type Ctx, UnreadableForm, type WebDeps, type WebEnv, ask, done, localPath, page, posted } from './context.ts';
import { accountRoutes } from './member/account.ts';
import { attestationRoutes } from './member/attestations.ts';
import { ARRIVALS } from './member/arrivals.ts';
import { confirmationRoutes } from './member/confirmation.ts';
import { contactRoutes } from './member/conversations.ts';
import { followRoutes } from './member/follows.ts';
import { listingFormRoutes } from './member/listings.ts';
import { createPasswordGate } from './member/password-gate.ts';
import { reportRoutes } from './member/reports.ts';
import { savedRoutes } from './member/saved.ts';
import { statementRoutes } from './member/statements.ts';
import { publicAttestationRoutes } from './public/attestations.ts';
import { catalogueRoutes } from './public/catalogue.ts';
import { fileRoutes } from './public/files.ts';
import { awayRoutes } from './identity/away.ts';
import { personRoutes } from './identity/person.ts';
import { fromHomeRoutes } from './identity/from-home.ts';
import { consentRoutes } from './identity/consent.ts';
import { widerForms } from './identity/forms.ts';
import { createCodeGate } from './sign-in/code-gate.ts';
import { linkRoutes } from './sign-in/link.ts';
import { passkeyInRoutes } from './sign-in/passkey-in.ts';
import { secondStepRoutes } from './sign-in/second-step.ts';
import { farewellRoutes } from './public/farewell.ts';
import { invitationRoutes } from './public/invitation.ts';
import { profileRoutes } from './public/profile.ts';
import { markRoutes } from './public/marks.ts';
import { publicRuleRoutes } from './public/rules.ts';
import { signInRoutes } from './public/sign-in.ts';
import { setupRoutes } from './public/setup.ts';
import { togetherRoutes } from './public/together.ts';
import { troublePage } from './trouble.ts';
import { html } from './ui/html.ts';
import { isForeign } from './unsafe.ts';

const MB = 1024 * 1024;

export const createWeb = (deps: WebDeps): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  // Files carry headers of their own: partners' pages may show our pictures.
  app.route('/', fileRoutes(deps));

  app.use(widerForms);
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        scriptSrc: ["'self'"],
        // Others' pictures come by way of us, so that nobody there sees who looks at what.
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
      referrerPolicy: 'same-origin',
      xFrameOptions: 'DENY',
      strictTransportSecurity: deps.secureCookies ? 'max-age=31536000' : false,
    }),
  );
  app.route('/api/v1', lazyApi(deps));
  // Programs ask these, of any origin; whoever is signed in here is not looked at.
  app.route('/', tokenRoutes(deps));
  const limit = (maxSize: number) =>
    bodyLimit({
      maxSize,
      onError: (c: Ctx) => {
        const { t } = c.get('asked');
        return page(
          deps,
          c,
          { title: t('errorPage.tooLargeTitle'), noindex: true },
          html`<h1>${t('errorPage.tooLargeTitle')}</h1><p>${t('errorPage.tooLarge', { max: Math.floor(maxSize / MB) })}</p>`,
          413,
        );
      },
    });
  const brought = limit(deps.limits.moveBytes);
  const [withPictures, wordsOnly] = [limit(deps.limits.uploadBytes), limit(Math.min(MB, deps.limits.uploadBytes))];

  // Every unsafe request comes from a page of ours: browsers say so, and those that say nothing carry the form's token.
  app.use(async (c, next) => {
    c.set('asked', await ask(deps, c));
    if (!['GET', 'HEAD'].includes(c.req.method)) {
      if (isForeign(c, deps.site.origin))
        return page(
          deps,
          c,
          { title: c.get('asked').t('errorPage.foreignTitle') },
          html`<h1>${c.get('asked').t('errorPage.foreignTitle')}</h1><p>${c.get('asked').t('errorPage.foreign')}</p>`,
          403,
        );
    }
    c.header('cache-control', 'private, no-cache');
    // Until it is set up, a node has only one page.
    if (
      c.get('asked').cooperative === undefined &&
      !c.req.path.startsWith('/setup') &&
      c.req.path !== '/language' &&
      c.req.path !== '/places'
    ) {
      const { t } = c.get('asked');
      return page(
        deps,
        c,
        { title: 'Maillon', narrow: true },
        html`<h1>${t('setup.waitingTitle')}</h1><p>${t('setup.waiting')}</p>`,
        200,
      );
    }
    return next();
  });
  // Only members send pictures; what strangers send is read by nobody before its size is known.
  app.use((c, next) => {
    // Read piece by piece, into a file.
    if (c.get('asked').viewer !== undefined && c.req.path === ARRIVALS) return brought(c, next);
    const pictures =
      c.get('asked').viewer !== undefined && /^\/(?:listings|account|admin\/look)(?:\/|$)/.test(c.req.path);
    return (pictures ? withPictures : wordsOnly)(c, next);
  });

  app.post('/language', async (c) => {
    const form = await posted(c);
    putCookie(c, deps.secureCookies, 'locale', form.text('locale') === 'en' ? 'en' : 'fr', 365 * 86_400);
    return done(c, localPath(form.text('back')));
  });
  app.route('/', setupRoutes(deps));
  const codes = createCodeGate(deps);
  const gate = createPasswordGate(deps, codes);
  app.route('/', signInRoutes(deps));
  app.route('/', secondStepRoutes(deps, codes));
  app.route('/', passkeyInRoutes(deps));
  app.route('/', linkRoutes(deps));
  app.route('/', awayRoutes(deps));
  app.route('/', authorizeRoutes(deps));
  app.route('/', consentRoutes(deps));
  app.route('/', fromHomeRoutes(deps));
  app.route('/', savedRoutes(deps));
  app.route('/', listingFormRoutes(deps));
  app.route('/', catalogueRoutes(deps));
  app.route('/', profileRoutes(deps));
  app.route('/', publicRuleRoutes(deps));
  app.route('/', markRoutes(deps));
  app.route('/', togetherRoutes(deps));
  app.route('/', accountRoutes(deps, gate));
  app.route('/', publicAttestationRoutes(deps));
  app.route('/', personRoutes(deps));
  app.route('/', attestationRoutes(deps));
  app.route('/', reportRoutes(deps));
  app.route('/', statementRoutes(deps));
  app.route('/', followRoutes(deps));
  app.route('/', contactRoutes(deps));
  app.route('/', confirmationRoutes(deps, gate));
  app.route('/', invitationRoutes(deps));
  app.route('/', farewellRoutes(deps));
  app.route('/admin', adminRoutes(deps, gate));

  app.notFound(async (c) => {
    const asked = c.get('asked') ?? (await ask(deps, c));
    c.set('asked', asked);
    return page(
      deps,
      c,
      { title: asked.t('errorPage.notFoundTitle'), noindex: true },
      html`<h1>${asked.t('errorPage.notFoundTitle')}</h1><p>${asked.t('errorPage.notFound')}</p><p><a class="button" href="/listings">${asked.t('home.browse')}</a></p>`,
      404,
    );
  });
  app.onError((error, c) => {
    if (error instanceof UnreadableForm && c.get('asked') !== undefined) {
      const { t } = c.get('asked');
      return page(
        deps,
        c,
        { title: t('errorPage.unreadableTitle'), noindex: true },
        html`<h1>${t('errorPage.unreadableTitle')}</h1><p>${t('errorPage.unreadable')}</p>`,
        400,
      );
    }
    log.web.error('{method} {path} failed: {error}', {
      method: c.req.method,
      path: c.req.path,
      error: describe(error),
    });
    const trouble = troubleOf(error);
    return trouble === undefined ? brokenPage(deps, c) : troublePage(deps, c, trouble);
  });
  return app;
};
