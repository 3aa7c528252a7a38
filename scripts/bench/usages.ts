import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runNode } from './measured-process.js';
import { type Figures, inTurn, median, ratio, rounded, type Scenario } from './scenario.js';
import { writeServices } from './synthetic-services.js';

const cli = resolve('generator/bin/hyvve-events.js');
const modules = resolve('generator/dist/usages');

/** Baseline: the same compiler, which only checks the types of the same files. */
const typeCheck = `
const { loadCompiler } = await import(${JSON.stringify(`${modules}/compiler.js`)});
const { openProjects } = await import(${JSON.stringify(`${modules}/open-projects.js`)});
const options = { tsconfigs: ['tsconfig.json'], isService: () => true, onStage: () => undefined };
const { programs } = openProjects(await loadCompiler('usages'), options);
const errors = programs.map((open) => open()).flatMap(({ program }) => [...program.getSyntacticDiagnostics(), ...program.getSemanticDiagnostics()]);
if (errors.length > 0) throw new Error('the code does not compile: ' + errors[0].messageText);
`;

const files = 500;

/** `hyvve-events usages` with 500 files of 10 services. CPU times are those of whole processes. */
export const usages: Scenario = {
  name: 'usages',
  description: `\`hyvve-events usages\` with ${files} files of 10 services, a third of which use events; the baseline only checks the types of the same files`,
  goals: [{ figure: 'cpuVsTypeCheck', least: 1.5 }],
  run: ({ rounds, size }) => benchUsages(rounds, size(files / 10)),
};

async function benchUsages(rounds: number, filesPerService: number): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'hyvve-bench-'));
  try {
    await writeServices(folder, { services: 10, filesPerService });
    const catalog = ['--catalog', resolve('catalog/asyncapi.yaml')];
    const found = await inTurn(rounds, {
      typeCheck: () => runNode(['--input-type=module', '-e', typeCheck], folder),
      usages: () => runNode([cli, 'usages', ...catalog], folder),
    });
    const cpu = (name: keyof typeof found) => found[name].map((each) => each.cpuMs);
    return {
      typeCheckCpuMs: Math.round(median(cpu('typeCheck'))),
      usagesCpuMs: Math.round(median(cpu('usages'))),
      cpuVsTypeCheck: rounded(ratio(cpu('usages'), cpu('typeCheck'))),
      usagesMs: Math.round(median(found.usages.map((each) => each.ms))),
      peakMiB: Math.round(Math.max(...found.usages.map((each) => each.peakMiB))),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
