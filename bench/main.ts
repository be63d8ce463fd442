/**
 * `npm run bench [-- section …]`: every figure beside a baseline of the same run, on this machine, with real databases
 * and signatures. Writes bench/results/ when all sections ran. Exit code 1 = a figure misses what it is meant to reach.
 */
import '#src/loading.ts';
import { cpus } from 'node:os';

const { PORT, settle } = await import('./run.ts');
const wanted = new Set(process.argv.slice(2));
const figures: import('./run.ts').Figure[] = [];
const report: import('./run.ts').Report = (figure) => {
  figures.push(figure);
  console.log(
    `${figure.holds ? ' ' : '!'} ${figure.name}: ${figure.value.toFixed(2)} ${figure.unit} (${figure.target}) — ${figure.detail}`,
  );
};
const asked = (name: string): boolean => wanted.size === 0 || wanted.has(name);

console.log(`# ${cpus()[0]?.model ?? ''}, ${cpus().length} cores, Node ${process.version}`);
if (asked('start')) await (await import('./process.ts')).start(PORT + 5, report);
if (['documents', 'catalogue', 'inbox'].some(asked)) {
  const bench = await settle(PORT, 10_000);
  const { catalogue, documents } = await import('./documents.ts');
  if (asked('documents')) await documents(bench, report);
  if (asked('catalogue')) await catalogue(bench, report);
  if (asked('inbox')) await (await import('./inbox.ts')).inbox(bench, report);
  await bench.node.close();
}
if (asked('fanout')) await (await import('./fanout.ts')).fanout(report);
if (asked('signin')) await (await import('./sign-in.ts')).signIn(report);
if (asked('load')) await (await import('./load.ts')).load(report);
if (wanted.size === 0) (await import('./results.ts')).writeResults(figures);
process.exit(figures.every((figure) => figure.holds) ? 0 : 1);
