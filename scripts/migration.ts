/** `npm run migration -- why`: what has changed in db/schema becomes a migration of each dialect, under that name. */
import { spawnSync } from 'node:child_process';

const [name] = process.argv.slice(2);
if (name === undefined || !/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error('Give a name of small letters, digits and _: npm run migration -- add_calendars');
  process.exit(2);
}
for (const dialect of ['sqlite', 'postgresql']) {
  const { status } = spawnSync('drizzle-kit', ['generate', '--name', name], {
    stdio: 'inherit',
    env: { ...process.env, DIALECT: dialect },
  });
  if (status !== 0) process.exit(status ?? 1);
}
