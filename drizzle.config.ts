/** One schema, two dialects: `npm run migration -- why` makes a migration of each. */
import { defineConfig } from 'drizzle-kit';

const dialect = process.env['DIALECT'] ?? 'sqlite';
if (dialect !== 'sqlite' && dialect !== 'postgresql')
  throw new Error(`DIALECT is sqlite or postgresql, not ${dialect}.`);
const name = dialect === 'sqlite' ? 'sqlite' : 'postgres';

export default defineConfig({ dialect, schema: `./db/schema/${name}.ts`, out: `./db/migrations/${name}` });
