/**
 * Imported before anything that loads Drizzle. For each relative import within a package Node reads that package's
 * package.json again, and Drizzle's lists 2,000 entry points in 180 KB: its 142 files cost half a second and 100 MB of
 * memory that a small machine never gets back. Within it a relative path is the file, so nothing has to be looked up.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier.startsWith('.') &&
    specifier.endsWith('.js') &&
    context.parentURL?.includes('/node_modules/drizzle-orm/') === true &&
    context.conditions.includes('import')
      ? { url: new URL(specifier, context.parentURL).href, format: 'module', shortCircuit: true }
      : next(specifier, context),
});
